#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/verified.h"

/* Why a check failed; allocated just as long as the text. */
struct failure {
	enum csg_reason reason;
	char text[];
};

struct entry {
	struct csg_check check;
	bool used;
	struct failure *failure; /* NULL: it verified */
};

/* Open addressing with linear probing; never more than half full. */
struct csg_verified {
	pthread_mutex_t lock;
	struct entry *table;
	size_t size, n; /* size is a power of two */
};

#define FIRST_SIZE 64

enum csg_rc
csg_verified_new(struct csg_verified **out, struct csg_err *err)
{
	struct csg_verified *v;

	*out = NULL;
	if ((v = calloc(1, sizeof(*v))) == NULL)
		return csg_fail_mem(err);
	v->size = FIRST_SIZE;
	if ((v->table = calloc(v->size, sizeof(*v->table))) == NULL) {
		free(v);
		return csg_fail_mem(err);
	}
	if (pthread_mutex_init(&v->lock, NULL) != 0) {
		free(v->table);
		free(v);
		return csg_fail(err, CSG_R_IO,
		    "can't create a lock for the cache of signature checks");
	}
	*out = v; /* transferred */
	return CSG_OK;
}

void
csg_verified_free(struct csg_verified *v)
{
	size_t i;

	if (v == NULL)
		return;
	for (i = 0; i < v->size; i++)
		free(v->table[i].failure);
	free(v->table);
	(void)pthread_mutex_destroy(&v->lock);
	free(v);
}

/* The entry of a check, or the free entry where it belongs.  Digests are
 * uniformly distributed, so any of their bytes serve as a hash. */
static struct entry *
find_entry(struct entry *table, size_t size, const struct csg_check *c)
{
	size_t at;

	memcpy(&at, c->bytes.b, sizeof(at));
	for (at &= size - 1; table[at].used; at = (at + 1) & (size - 1))
		if (csg_id_equal(&table[at].check.bytes, &c->bytes) &&
		    csg_id_equal(&table[at].check.cert, &c->cert))
			break;
	return &table[at];
}

static bool
grow_table(struct csg_verified *v)
{
	struct entry *table;
	size_t i;

	if ((table = calloc(2 * v->size, sizeof(*table))) == NULL)
		return false;
	for (i = 0; i < v->size; i++)
		if (v->table[i].used)
			*find_entry(table, 2 * v->size, &v->table[i].check) =
			    v->table[i];
	free(v->table);
	v->table = table;
	v->size *= 2;
	return true;
}

bool
csg_verified_find(
    struct csg_verified *v, const struct csg_check *c, struct csg_err *result)
{
	const struct entry *e;
	bool found;

	(void)pthread_mutex_lock(&v->lock);
	e = find_entry(v->table, v->size, c);
	found = e->used;
	if (found && e->failure != NULL)
		(void)csg_fail(
		    result, e->failure->reason, "%s", e->failure->text);
	else if (found)
		*result = (struct csg_err){ 0 };
	(void)pthread_mutex_unlock(&v->lock);
	return found;
}

/* Fill in the free entry of a check; the lock is held. */
static void
fill_entry(struct entry *e, const struct csg_check *c,
    const struct csg_err *result, size_t *n)
{
	size_t len = strlen(result->text) + 1;

	if (result->rc != CSG_OK) {
		if ((e->failure = malloc(sizeof(*e->failure) + len)) == NULL)
			return;
		e->failure->reason = result->reason;
		memcpy(e->failure->text, result->text, len);
	}
	e->check = *c;
	e->used = true;
	(*n)++;
}

void
csg_verified_keep(struct csg_verified *v, const struct csg_check *c,
    const struct csg_err *result)
{
	struct entry *e;

	if (result->rc == CSG_TROUBLE)
		return;
	(void)pthread_mutex_lock(&v->lock);
	if (2 * v->n < v->size || grow_table(v)) {
		e = find_entry(v->table, v->size, c);
		if (!e->used)
			fill_entry(e, c, result, &v->n);
	}
	(void)pthread_mutex_unlock(&v->lock);
}
