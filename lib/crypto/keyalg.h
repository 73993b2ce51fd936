/*
 * Key algorithms: the types of keys that csg generates, and their names.
 */
#ifndef CSG_CRYPTO_KEYALG_H
#define CSG_CRYPTO_KEYALG_H

#include <stdbool.h>

enum csg_keyalg {
	CSG_P256,
	CSG_P384,
	CSG_RSA3072,
	CSG_RSA4096,
	CSG_RSA3072_PSS,
	CSG_RSA4096_PSS
};
#define CSG_NKEYALG 6

/* "p256", "rsa3072-pss" ...; static. */
const char *csg_keyalg_name(enum csg_keyalg a);

/* Set *out to the type with this name; false, with *out unchanged, if there is
 * none. */
bool csg_keyalg_parse(const char *s, enum csg_keyalg *out);

#endif
