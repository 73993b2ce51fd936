/*
 * A person's private key, and who owns it.
 */
#ifndef CSG_CMD_COMMON_PERSON_H
#define CSG_CMD_COMMON_PERSON_H

#include "lib/policy/policy.h"
#include "lib/token/token.h"

struct cmd_person {
	EVP_PKEY *key;
	struct csg_token *token; /* owns key when not NULL */
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
void cmd_person_clear(struct cmd_person *person);

#endif
