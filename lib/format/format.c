#include <string.h>

#include "lib/format/format.h"
#include "lib/base/text.h"

const struct csg_format *
csg_format(enum csg_format_id id)
{
	static const struct csg_format *const formats[CSG_NFORMAT] = {
		[CSG_FORMAT_POLICY] = &csg_fmt_policy,
		[CSG_FORMAT_CMS] = &csg_fmt_cms,
		[CSG_FORMAT_RAW] = &csg_fmt_raw
	};

	return formats[id];
}

void
csg_format_output(
    const struct csg_format *f, const char *name, struct csg_buf *out)
{
	size_t len = strlen(name);

	if (f->replaces != NULL && csg_text_ends(name, f->replaces))
		len -= strlen(f->replaces);
	csg_buf_add(out, name, len);
	csg_buf_puts(out, f->suffix);
}
