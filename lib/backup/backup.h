/*
 * A backup of the embedded token: csg-envelope(5) "BACKUPS".
 *
 * The token's files, as a tar archive, are encrypted with a random key, and
 * the key is split into shares, one encrypted to each custodian's certificate,
 * so that some of them (need of n) open the backup together, and fewer learn
 * nothing.  A header that anyone can read says who they are, and names the
 * other blocks by their digests; its own SHA-256 is the backup's id.
 *
 * Calling order: csg_backup_make; or csg_backup_read, csg_backup_share for
 * each custodian who is there, csg_backup_open.
 */
#ifndef CSG_BACKUP_BACKUP_H
#define CSG_BACKUP_BACKUP_H

#include "lib/crypto/cert.h"
#include "lib/crypto/enveloped.h"
#include "lib/crypto/shares.h"
#include "lib/codec/tar.h"

#define CSG_MAX_CUSTODIANS CSG_MAX_SHARES

/* Of a backup: "custodian 3" has the share x = 3 and is v[2]. */
struct csg_custodian {
	char *name; /* for people */
	struct csg_id spki; /* of the public key */
	struct csg_id block_id; /* SHA-256 of the share's block */
	struct csg_buf block; /* its DER; empty if the file lacks it */
	bool here; /* the share was opened */
};

struct csg_backup {
	struct csg_id id;
	unsigned char key_id[CSG_KEK_ID_LEN]; /* random */
	int64_t time;
	char *token; /* URI of the token in signer.yaml */
	unsigned need;
	struct csg_custodian *v;
	unsigned n;
	struct csg_id content_id; /* SHA-256 of the contents' block */
	struct csg_buf content; /* its DER */
	char **suspended; /* names of people, NULL-terminated; known
			   * once it is open */
	struct csg_share *shares; /* opened so far; secure memory */
	unsigned nshares;
};

/* What to back up, and for whom.  All borrowed. */
struct csg_backup_plan {
	int64_t time; /* now */
	const char *token;
	char *const *suspended; /* NULL-terminated, or NULL */
	const struct csg_files *files; /* no name twice, none "manifest" */
	unsigned need; /* of the custodians */
	const struct csg_cert *const *certs; /* by csg_recipient_read() */
	const char *const *names; /* of their owners, as text */
	unsigned n;
};

/*
 * Append a backup to *text and tell its id.  EXPIRED for a certificate that
 * is not valid at the time, DUPKEY when two have one key, TEXT for a name
 * that can't be shown, PARSE when need is not from 1 to n or n is more than
 * CSG_MAX_CUSTODIANS, IO, SELFTEST.  What was made has been read again, and
 * opened with some of the shares.
 */
enum csg_rc csg_backup_make(const struct csg_backup_plan *plan,
    struct csg_buf *text, struct csg_id *id, struct csg_err *err);

/*
 * Take the text of a backup apart.  Every block in it must be as the header
 * says; the shares of custodians may be missing.  TYPE when it is no backup,
 * PARSE or TEXT when it is damaged, DUPKEY.  Nothing is trusted yet: who made
 * it shows when it is open, to those who compare the id.  *out is the
 * caller's.
 */
enum csg_rc csg_backup_read(
    const char *text, size_t len, struct csg_backup **out, struct csg_err *err);
void csg_backup_free(struct csg_backup *b);

/* Index of the custodian who has this key, or b->n when nobody has. */
unsigned csg_backup_custodian(
    const struct csg_backup *b, const struct csg_id *spki);

/*
 * Open the share of custodian v[i] with the private key, which may live on a
 * token, and keep it.  A second time is fine, and does nothing.  PARSE when
 * the file lacks it, TOKEN when the key does not open it, SIGNATURE when it is
 * the share of another backup.
 */
enum csg_rc csg_backup_share(struct csg_backup *b, unsigned i,
    const struct csg_decrypt_key *key, struct csg_err *err);

/*
 * With the shares so far, add the files to *files.  QUORUM when there are
 * fewer than it takes, SIGNATURE when they don't open the contents or the
 * manifest inside says otherwise than the header, PARSE when the contents are
 * nothing that csg makes.
 */
enum csg_rc csg_backup_open(
    struct csg_backup *b, struct csg_files *files, struct csg_err *err);

#endif
