#include <stdint.h>
#include <string.h>

#include "lib/token/template.h"

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

void
csg_template_put(struct csg_template *t, CK_ATTRIBUTE_TYPE type,
    const void *value, size_t len)
{
	t->at[t->n++] = (CK_ATTRIBUTE){ type, (void *)(uintptr_t)value, len };
}

void
csg_template_flag(struct csg_template *t, CK_ATTRIBUTE_TYPE type, bool value)
{
	csg_template_put(t, type, value ? &yes : &no, sizeof(yes));
}

void
csg_template_name(struct csg_template *t, const char *name,
    const unsigned char *id, size_t id_len)
{
	csg_template_put(t, CKA_LABEL, name, strlen(name));
	csg_template_put(t, CKA_ID, id, id_len);
	csg_template_flag(t, CKA_TOKEN, true);
}
