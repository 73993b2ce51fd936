/*
 * What the commands of csg-token share.  Each is a function of its arguments
 * in cmd/token_*.c; csg-token.c has the table.
 */
#ifndef CSG_CMD_TOKEN_H
#define CSG_CMD_TOKEN_H

#include "cmd/cmd.h"

struct token_args {
	const char *config, *dir, *module, *label, *name, *alg, *subject;
	const char *csr, *out;
	bool force, json;
};

/* token_init.c: a workstation from nothing */
enum csg_rc token_init(const struct token_args *a, struct csg_err *err);

/* token_keys.c: the keys of a token */
enum csg_rc token_newkey(const struct token_args *a, struct csg_err *err);
enum csg_rc token_list(const struct token_args *a, struct csg_err *err);
enum csg_rc token_cert(const struct token_args *a, struct csg_err *err);

/* A key with its self-signed certificate, which is put on the token too.
 * *cert is the caller's, *key is borrowed from t. */
enum csg_rc token_make_key(struct csg_token *t, const char *name,
    enum csg_keyalg alg, const char *subject, struct csg_cert **cert,
    EVP_PKEY **key, struct csg_err *err);

#endif
