/* DER that is taken for a message: no byte of it can be left out or added. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/message/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct csg_envelope *e = NULL, *cut = NULL;
	struct csg_err err = { 0 };
	enum csg_rc rc = csg_envelope_parse(data, len, &e, &err);

	if (rc == CSG_OK) {
		if (e->len == 0 || e->len >= len || e->kind >= CSG_NKIND ||
		    csg_envelope_parse(data, len - 1, &cut, &err) == CSG_OK)
			abort();
	} else if (e != NULL || (rc != CSG_MALFORMED && rc != CSG_REFUSED))
		abort();
	csg_envelope_free(e);
	return 0;
}
