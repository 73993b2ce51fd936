/*
 * Templates: the attributes of an object to be created on a token.  Private to
 * lib/token.
 */
#ifndef CSG_TOKEN_TEMPLATE_H
#define CSG_TOKEN_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include <p11-kit/pkcs11.h>

/* Zero-initialise.  Values are borrowed. */
struct csg_template {
	CK_ATTRIBUTE at[24];
	CK_ULONG n;
};

void csg_template_put(struct csg_template *t, CK_ATTRIBUTE_TYPE type,
    const void *value, size_t len);
void csg_template_flag(
    struct csg_template *t, CK_ATTRIBUTE_TYPE type, bool value);

/* Add CKA_TOKEN true, CKA_LABEL and CKA_ID. */
void csg_template_name(struct csg_template *t, const char *name,
    const unsigned char *id, size_t id_len);

#endif
