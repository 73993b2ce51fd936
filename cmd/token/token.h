/*
 * The commands of csg-token, and what they share.  Each is a function of its
 * arguments; csg-token.c has the table.
 */
#ifndef CSG_CMD_TOKEN_TOKEN_H
#define CSG_CMD_TOKEN_TOKEN_H

#include "lib/base/io.h"
#include "lib/workstation/config.h"
#include "lib/token/token.h"

#define TOKEN_MAX_KEYS 255
#define TOKEN_PIN "pin" /* the PIN's file in a workstation's directory */

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

/* adopt.c: a workstation for a token that has its keys */
enum csg_rc token_adopt(const struct token_args *a, struct csg_err *err);

/* Remove a file, or a directory with all in it, below an open directory. */
void token_remove(int at, const char *name);

/* init.c: a workstation from nothing */
enum csg_rc token_init(const struct token_args *a, struct csg_err *err);

/* keys.c: the keys of a token */
enum csg_rc token_newkey(const struct token_args *a, struct csg_err *err);
enum csg_rc token_list(const struct token_args *a, struct csg_err *err);
enum csg_rc token_cert(const struct token_args *a, struct csg_err *err);

/* backup.c, restore.c: the embedded token and its custodians */
enum csg_rc token_backup(const struct token_args *a, struct csg_err *err);
enum csg_rc token_restore(const struct token_args *a, struct csg_err *err);

/* A key with its self-signed certificate, which is put on the token too; all
 * of it or nothing.  *cert is the caller's, *key is borrowed from t. */
enum csg_rc token_make_key(struct csg_token *t, const char *name,
    enum csg_keyalg alg, const char *subject, struct csg_cert **cert,
    struct csg_token_key **key, struct csg_err *err);

/* The ledger's entry for a key that was made. */
enum csg_rc token_record_key(const struct csg_signer *s, const char *name,
    enum csg_keyalg alg, const struct csg_cert *cert, struct csg_err *err);

/* dir.c: write an output file and print its path; check, before the token is
 * opened, that it can be written. */
enum csg_rc token_write(const char *path, const struct csg_buf *text,
    mode_t mode, bool force, struct csg_err *err);
enum csg_rc token_probe(const char *path, bool force, struct csg_err *err);

/*
 * What init and restore put into a workstation's directory.
 *
 * The PKCS#11 module as an absolute path, which is the caller's: the one
 * given, or SoftHSM.  TOKEN when there is none.
 */
enum csg_rc token_module(const char *given, char **path, struct csg_err *err);

/*
 * The content of signer.yaml, with everything below the absolute dir: conf is
 * SoftHSM's configuration, or NULL; pin_file: the PIN is in "pin", else it is
 * asked for.  *out is the caller's (csg_signer_free).
 */
enum csg_rc token_signer(const char *dir, const char *module, const char *token,
    const char *conf, bool pin_file, struct csg_signer **out,
    struct csg_err *err);
enum csg_rc token_write_signer(
    const struct csg_signer *s, const char *dir, struct csg_err *err);

/* softhsm2.conf in the directory at, for the store in dir. */
enum csg_rc token_write_conf(const char *at, const char *dir,
    enum csg_existing existing, struct csg_err *err);
/* From now on SoftHSM reads the configuration that s names. */
enum csg_rc token_use_conf(const struct csg_signer *s, struct csg_err *err);

#endif
