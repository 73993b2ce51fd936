/*
 * The commands of csg-token, and the functions they share.  Each command is a
 * function that takes the command line and returns the result; csg-token.c has
 * the table of them.
 */
#ifndef CSG_CMD_TOKEN_TOKEN_H
#define CSG_CMD_TOKEN_TOKEN_H

#include "lib/base/io.h"
#include "lib/workstation/config.h"
#include "lib/token/token.h"

#define TOKEN_MAX_KEYS 255
#define TOKEN_PIN "pin" /* file with the PIN in a workstation's directory */

/* The command line. */
struct token_args {
	const char *config, *dir, *module, *label, *name, *alg, *subject;
	const char *csr, *out, *policy, *trust;
	bool force, json;
	unsigned need; /* 0: not given */
	const char *keys[TOKEN_MAX_KEYS], *sources[TOKEN_MAX_KEYS];
	size_t nkeys, nsources;
	char **operand;
	int n;
};

/* adopt.c: make a workstation for a token that has its keys already. */
enum csg_rc token_adopt(const struct token_args *a, struct csg_err *err);

/* restore.c: remove a file, or a directory with everything in it, from the open
 * directory at.  Errors are ignored. */
void token_remove(int at, const char *name);

/* init.c: make a new workstation and token. */
enum csg_rc token_init(const struct token_args *a, struct csg_err *err);

/* keys.c: make and list the keys of a token, and write their certificates. */
enum csg_rc token_newkey(const struct token_args *a, struct csg_err *err);
enum csg_rc token_list(const struct token_args *a, struct csg_err *err);
enum csg_rc token_cert(const struct token_args *a, struct csg_err *err);

/* backup.c, restore.c: back up the embedded token for its custodians, and
 * restore it with them. */
enum csg_rc token_backup(const struct token_args *a, struct csg_err *err);
enum csg_rc token_restore(const struct token_args *a, struct csg_err *err);

/* keys.c: make a key and its self-signed certificate, both on the token.  If
 * the certificate fails, the key is destroyed again.  The caller frees *cert;
 * *key is borrowed from t. */
enum csg_rc token_make_key(struct csg_token *t, const char *name,
    enum csg_keyalg alg, const char *subject, struct csg_cert **cert,
    struct csg_token_key **key, struct csg_err *err);

/* keys.c: record in the ledger that a key was made. */
enum csg_rc token_record_key(const struct csg_signer *s, const char *name,
    enum csg_keyalg alg, const struct csg_cert *cert, struct csg_err *err);

/* dir.c: write an output file and print its path; and check, before the token
 * is opened, that it can be written. */
enum csg_rc token_write(const char *path, const struct csg_buf *text,
    mode_t mode, bool force, struct csg_err *err);
enum csg_rc token_probe(const char *path, bool force, struct csg_err *err);

/*
 * dir.c: the files that init, restore and adopt put into a workstation's
 * directory.
 *
 * Find the PKCS#11 module: the one given, or SoftHSM (TOKEN when it is
 * missing).  *path is absolute, and the caller frees it.
 */
enum csg_rc token_module(const char *given, char **path, struct csg_err *err);

/*
 * Make the content of signer.yaml, with the state below the absolute path dir.
 * conf is SoftHSM's configuration file, or NULL.  With pin_file the PIN is in
 * dir/pin, otherwise it is asked for.  The caller frees *out (csg_signer_free).
 */
enum csg_rc token_signer(const char *dir, const char *module, const char *token,
    const char *conf, bool pin_file, struct csg_signer **out,
    struct csg_err *err);
/* Write signer.yaml into dir, where it must not exist yet. */
enum csg_rc token_write_signer(
    const struct csg_signer *s, const char *dir, struct csg_err *err);

/* Write softhsm2.conf into the directory at, for the token store dir/tokens. */
enum csg_rc token_write_conf(const char *at, const char *dir,
    enum csg_existing existing, struct csg_err *err);
/* Make SoftHSM read the configuration that s names (SOFTHSM2_CONF), if any. */
enum csg_rc token_use_conf(const struct csg_signer *s, struct csg_err *err);

#endif
