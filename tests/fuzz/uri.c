/* PKCS#11 URIs, of which none that has a PIN or a module in it is taken. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/crypto/pkcs11_uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct csg_buf s = { 0 };
	struct csg_uri *u = NULL;
	struct csg_err err = { 0 };

	csg_buf_add(&s, data, len);
	if (csg_uri_parse(csg_buf_str(&s), &u, &err) == CSG_OK) {
		if (p11_kit_uri_get_pin_value(u->uri) != NULL ||
		    p11_kit_uri_get_module_path(u->uri) != NULL ||
		    p11_kit_uri_get_module_name(u->uri) != NULL)
			abort();
	} else if (u != NULL || err.reason != CSG_R_PARSE)
		abort();
	csg_uri_free(u);
	csg_buf_free(&s);
	return 0;
}
