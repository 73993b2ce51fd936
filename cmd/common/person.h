/*
 * A person's private key, and its owner in the policy.
 */
#ifndef CSG_CMD_COMMON_PERSON_H
#define CSG_CMD_COMMON_PERSON_H

#include "lib/policy/policy.h"
#include "lib/token/token.h"

struct cmd_person {
	EVP_PKEY *pem; /* the key from a file, or NULL */
	struct csg_token *token; /* the token with the key, or NULL */
	struct csg_token_key *card; /* the key on it; owned by token */
	const struct csg_cert *cert; /* the key's, borrowed from the policy */
	size_t user; /* index of the owner in the policy */
};

/*
 * Load the key that -k (key), $CSG_KEY, or else the only *.key in ~/.config/csg
 * names (CONFIG when there is none), and find its owner in the policy (GROUP
 * when nobody owns it, REVOKED when it was revoked, ALG for Ed25519).  After
 * CSG_OK the caller clears out; after a failure it is empty.
 */
enum csg_rc cmd_load_person(const char *key, const char *pin_source,
    const struct csg_policy *p, struct cmd_person *out, struct csg_err *err);
/* Load a key without a policy: cert and user stay unset.  key is a PEM file or
 * a pkcs11: URI, not NULL. */
enum csg_rc cmd_load_key(const char *key, const char *pin_source,
    struct cmd_person *out, struct csg_err *err);

/* The public key, and the interfaces that sign and decrypt with the private
 * one.  All borrow from person. */
EVP_PKEY *cmd_person_public(const struct cmd_person *person);
struct csg_signer_key cmd_person_signer(const struct cmd_person *person);
struct csg_decrypt_key cmd_person_decrypter(const struct cmd_person *person);

void cmd_person_clear(struct cmd_person *person);

#endif
