/* The parts of a store that are the same for every engine. */
#include "lib/ledger/store.h"

struct csg_value
csg_v_int(int64_t n)
{
	return (struct csg_value){ .type = CSG_V_INT, .i = n };
}

struct csg_value
csg_v_uint(uint64_t n)
{
	return csg_v_int((int64_t)n);
}

struct csg_value
csg_v_id(const struct csg_id *id)
{
	return (struct csg_value){ .type = id != NULL ? CSG_V_ID : CSG_V_NULL,
		.id = id };
}

struct csg_value
csg_v_text(const char *s)
{
	return (struct csg_value){ .type = s != NULL ? CSG_V_TEXT : CSG_V_NULL,
		.s = s };
}

struct csg_value
csg_v_uint_or_null(uint64_t n)
{
	return n != 0 ? csg_v_uint(n) :
			(struct csg_value){ .type = CSG_V_NULL };
}

enum csg_rc
csg_store_int(struct csg_store *s, const char *sql, const struct csg_value *v,
    size_t n, int64_t *out, struct csg_err *err)
{
	struct csg_rows *r;
	bool more;
	enum csg_rc rc;

	*out = 0;
	if ((rc = csg_store_ask(s, sql, v, n, &r, err)) != CSG_OK)
		return rc;
	if ((rc = csg_rows_next(r, &more, err)) == CSG_OK && more)
		*out = csg_row_int(r, "n");
	return csg_rows_end(r, rc, err);
}

uint64_t
csg_row_uint(struct csg_rows *r, const char *column)
{
	return (uint64_t)csg_row_int(r, column);
}
