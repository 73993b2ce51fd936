/*
 * Backups of the embedded token: csg-envelope(5) "BACKUPS".
 *
 * The token's files, as a tar archive, are encrypted with a random key.  The
 * key is split into n shares, each encrypted to the certificate of a custodian;
 * any need of them open the backup together, and fewer learn nothing.  A header
 * that anyone can read names the custodians, and the other blocks by their
 * digests; its own SHA-256 is the backup's id.
 *
 * Calling order: csg_backup_make; or csg_backup_read, csg_backup_share for each
 * custodian who is present, csg_backup_open.
 */
#ifndef CSG_BACKUP_BACKUP_H
#define CSG_BACKUP_BACKUP_H

#include "lib/crypto/cert.h"
#include "lib/crypto/enveloped.h"
#include "lib/crypto/shares.h"
#include "lib/codec/tar.h"

#define CSG_MAX_CUSTODIANS CSG_MAX_SHARES

/* A custodian of a backup: custodian 3 has the share x = 3 and is v[2]. */
struct csg_custodian {
	char *name; /* for people */
	struct csg_id spki; /* SHA-256 of the public key */
	struct csg_id block_id; /* SHA-256 of the share's block */
	struct csg_buf block; /* its DER; empty if missing from the file */
	bool here; /* the share has been opened */
};

struct csg_backup {
	struct csg_id id;
	unsigned char key_id[CSG_KEK_ID_LEN]; /* random */
	int64_t time; /* seconds since the epoch */
	char *token; /* URI of the token in signer.yaml */
	unsigned need; /* shares required */
	struct csg_custodian *v;
	unsigned n;
	struct csg_id content_id; /* SHA-256 of the contents' block */
	struct csg_buf content; /* its DER */
	char **suspended; /* names of people, NULL-terminated; set by
			   * csg_backup_open() */
	struct csg_share *shares; /* opened so far; secure memory */
	unsigned nshares;
};

/* What to back up and for whom; all borrowed. */
struct csg_backup_plan {
	int64_t time; /* now */
	const char *token;
	char *const *suspended; /* NULL-terminated, or NULL */
	const struct csg_files *files; /* unique names, none "manifest" */
	unsigned need; /* custodians required to open it */
	const struct csg_cert *const *certs; /* from csg_recipient_read() */
	const char *const *names; /* of the certificates' owners */
	unsigned n;
};

/*
 * Append a backup to *text and set *id.  EXPIRED for a certificate that is not
 * valid at the plan's time, DUPKEY when two certificates have the same key,
 * TEXT for a name that can't be shown safely, PARSE unless 1 <= need <= n <=
 * CSG_MAX_CUSTODIANS, IO.  The backup is read again and opened with the last
 * need shares (SELFTEST).
 */
enum csg_rc csg_backup_make(const struct csg_backup_plan *plan,
    struct csg_buf *text, struct csg_id *id, struct csg_err *err);

/*
 * Parse the text of a backup.  Every block must be named in the header; shares
 * of custodians can be missing.  TYPE when it is not a backup, PARSE or TEXT
 * when it is damaged, DUPKEY.  Nothing is authenticated: callers must compare
 * the id with that of the backup they expect.  *out belongs to the caller
 * (csg_backup_free()).
 */
enum csg_rc csg_backup_read(
    const char *text, size_t len, struct csg_backup **out, struct csg_err *err);
void csg_backup_free(struct csg_backup *b);

/* Index of the custodian who has this key, or b->n if there is none. */
unsigned csg_backup_custodian(
    const struct csg_backup *b, const struct csg_id *spki);

/*
 * Decrypt the share of custodian v[i] with the private key, which can be on a
 * token, and keep it.  Does nothing if that share is open already.  PARSE when
 * the share is missing from the file, TOKEN when the key does not decrypt it,
 * SIGNATURE when it belongs to another backup or custodian.
 */
enum csg_rc csg_backup_share(struct csg_backup *b, unsigned i,
    const struct csg_decrypt_key *key, struct csg_err *err);

/*
 * Decrypt the contents with the shares opened so far, and add the files to
 * *files.  QUORUM when there are fewer than b->need shares, SIGNATURE when they
 * don't decrypt the contents or the manifest inside contradicts the header,
 * PARSE when the contents have a form that csg does not write.
 */
enum csg_rc csg_backup_open(
    struct csg_backup *b, struct csg_files *files, struct csg_err *err);

#endif
