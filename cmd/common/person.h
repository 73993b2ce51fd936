/*
 * A person's private key, and who owns it.
 */
#ifndef CSG_CMD_COMMON_PERSON_H
#define CSG_CMD_COMMON_PERSON_H

#include "lib/policy/policy.h"
#include "lib/token/token.h"

struct cmd_person {
	EVP_PKEY *pem; /* the key of a file, or NULL */
	struct csg_token *token; /* has the key of a card, or NULL */
	struct csg_token_key *card;
	const struct csg_cert *cert; /* of the policy; borrowed */
	size_t user;
};

/* -k, $CSG_KEY or the only ~/.config/csg/NAME.key; then who that is in the
 * policy (GROUP when nobody). */
enum csg_rc cmd_load_person(const char *key, const char *pin_source,
    const struct csg_policy *p, struct cmd_person *out, struct csg_err *err);
/* Just the key, of a person in no policy; key is not NULL. */
enum csg_rc cmd_load_key(const char *key, const char *pin_source,
    struct cmd_person *out, struct csg_err *err);

/* The public half; what signs with the key, and decrypts.  All are borrowed
 * from person. */
EVP_PKEY *cmd_person_public(const struct cmd_person *person);
struct csg_signer_key cmd_person_signer(const struct cmd_person *person);
struct csg_decrypt_key cmd_person_decrypter(const struct cmd_person *person);

void cmd_person_clear(struct cmd_person *person);

#endif
