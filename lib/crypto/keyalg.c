#include <string.h>

#include "lib/crypto/keyalg.h"

static const char *const names[CSG_NKEYALG] = {
	[CSG_P256] = "p256",
	[CSG_P384] = "p384",
	[CSG_RSA3072] = "rsa3072",
	[CSG_RSA4096] = "rsa4096",
	[CSG_RSA3072_PSS] = "rsa3072-pss",
	[CSG_RSA4096_PSS] = "rsa4096-pss",
};

const char *
csg_keyalg_name(enum csg_keyalg a)
{
	return names[a];
}

bool
csg_keyalg_parse(const char *s, enum csg_keyalg *out)
{
	int i;

	for (i = 0; i < CSG_NKEYALG; i++)
		if (strcmp(s, names[i]) == 0) {
			*out = (enum csg_keyalg)i;
			return true;
		}
	return false;
}
