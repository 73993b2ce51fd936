/* Armour: whatever is read, its DER is written and read as the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec/armor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct csg_armor r, again;
	struct csg_buf der = { 0 }, text = { 0 }, same = { 0 };
	struct csg_err err = { 0 };
	unsigned line;
	bool more = true, one;
	enum csg_rc rc;

	csg_armor_init(&r, data, len);
	while (more) {
		rc = csg_armor_next(&r, &der, &line, &more, &err);
		if (rc != CSG_OK && (rc != CSG_MALFORMED || err.text[0] == 0))
			abort();
		if (rc != CSG_OK || !more)
			continue;
		csg_armor_write(&text, der.data, der.len);
		csg_armor_init(&again, text.data, text.len);
		if (csg_armor_next(&again, &same, &line, &one, &err) !=
			CSG_OK ||
		    !one || same.len != der.len ||
		    memcmp(same.data, der.data, der.len) != 0)
			abort();
		csg_buf_free(&text);
	}
	csg_buf_free(&der);
	csg_buf_free(&same);
	return 0;
}
