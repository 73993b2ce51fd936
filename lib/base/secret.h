/*
 * Secrets: PINs and passphrases, in OpenSSL's secure memory, which is locked
 * and is cleansed when freed.
 */
#ifndef CSG_BASE_SECRET_H
#define CSG_BASE_SECRET_H

#include <stddef.h>

struct csg_secret {
	char *s; /* OPENSSL_secure_zalloc; NUL-terminated */
	size_t len;
};

/* Cleanse and free the text; *s is empty afterwards.  s may be NULL. */
void csg_secret_free(struct csg_secret *s);

#endif
