#include <stdlib.h>
#include <string.h>

#include "lib/explain/expiry.h"

static int
compare_expiry(const void *a, const void *b)
{
	const struct csg_expiry *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void
list_certs(const struct csg_user *u, struct csg_expiry *out, size_t *n)
{
	struct csg_expiry *e;
	size_t i, j;

	for (i = 0; i < u->ncerts; i++) {
		e = &out[(*n)++];
		*e = (struct csg_expiry){
			.what = "person",
			.name = u->name,
			.cert = u->certs[i],
			.time = u->certs[i]->not_after,
		};
		for (j = 0; j < u->ncerts; j++)
			if (j != i && u->certs[j]->not_after > e->other)
				e->other = u->certs[j]->not_after;
	}
}

enum csg_rc
csg_expiry_list(const struct csg_policy *p, struct csg_expiry **out, size_t *n,
    struct csg_err *err)
{
	size_t i;

	*n = 0;
	*out = calloc(1 + p->nusers * CSG_USER_CERTS + p->nkeys, sizeof(**out));
	if (*out == NULL)
		return csg_fail_mem(err);
	(*out)[(*n)++] = (struct csg_expiry){
		.what = "policy",
		.name = p->name,
		.time = p->expires,
	};
	for (i = 0; i < p->nusers; i++)
		list_certs(&p->users[i], *out, n);
	for (i = 0; i < p->nkeys; i++)
		(*out)[(*n)++] = (struct csg_expiry){
			.what = "key",
			.name = p->keys[i].name,
			.cert = p->keys[i].cert,
			.time = p->keys[i].cert->not_after,
		};
	qsort(*out, *n, sizeof(**out), compare_expiry);
	return CSG_OK;
}

const char *
csg_expiry_owner(const struct csg_policy *const *policies, size_t n,
    const struct csg_id *spki, const char **what)
{
	const struct csg_policy *p;
	const struct csg_cert *cert;
	size_t i, u;

	while (n-- > 0) {
		p = policies[n];
		*what = "person";
		if ((u = csg_policy_owner(p, spki, &cert)) != CSG_NONE)
			return p->users[u].name;
		*what = "key";
		for (i = 0; i < p->nkeys; i++)
			if (csg_id_equal(&p->keys[i].cert->spki, spki))
				return p->keys[i].name;
	}
	*what = NULL;
	return NULL;
}
