#include <openssl/crypto.h>

#include "lib/base/secret.h"

void
csg_secret_free(struct csg_secret *s)
{
	if (s == NULL)
		return;
	if (s->s != NULL)
		OPENSSL_secure_clear_free(s->s, s->len + 1);
	s->s = NULL;
	s->len = 0;
}
