#include <string.h>

#include "lib/codec/der.h"
#include "lib/base/time.h"

int
csg_der_peek(const struct csg_der *in)
{
	return in->len > 0 ? in->p[0] : -1;
}

/* Header of the next element: lengths of header and body (X.690 10.1). */
static bool
header(const struct csg_der *in, size_t *head, size_t *body)
{
	size_t n, i, len = 0;

	if (in->len < 2 || (in->p[0] & 0x1f) == 0x1f)
		return false;
	if (in->p[1] < 0x80) {
		*head = 2;
		*body = in->p[1];
		return *body <= in->len - 2;
	}
	n = in->p[1] & 0x7fU;
	if (n == 0 || n > 4 || in->len < 2 + n || in->p[2] == 0)
		return false;
	for (i = 0; i < n; i++)
		len = len << 8 | in->p[2 + i];
	if (len < 0x80)
		return false;
	*head = 2 + n;
	*body = len;
	return len <= in->len - *head;
}

bool
csg_der_whole(struct csg_der *in, int tag, struct csg_der *element)
{
	size_t head, body;

	if (csg_der_peek(in) != tag || !header(in, &head, &body))
		return false;
	element->p = in->p;
	element->len = head + body;
	in->p += element->len;
	in->len -= element->len;
	return true;
}

bool
csg_der_take(struct csg_der *in, int tag, struct csg_der *body)
{
	size_t head, len;
	struct csg_der whole;

	if (csg_der_peek(in) != tag || !header(in, &head, &len) ||
	    !csg_der_whole(in, tag, &whole))
		return false;
	body->p = whole.p + head;
	body->len = len;
	return true;
}

bool
csg_der_uint(struct csg_der *in, unsigned *out)
{
	struct csg_der rest = *in, n;
	size_t i;
	unsigned v = 0;

	if (!csg_der_take(&rest, CSG_DER_INTEGER, &n) || n.len == 0 ||
	    n.len > 4 || (n.p[0] & 0x80) != 0 ||
	    (n.len > 1 && n.p[0] == 0 && (n.p[1] & 0x80) == 0))
		return false;
	for (i = 0; i < n.len; i++)
		v = v << 8 | n.p[i];
	*in = rest;
	*out = v;
	return true;
}

bool
csg_der_is(struct csg_der a, const void *bytes, size_t len)
{
	return a.len == len && (len == 0 || memcmp(a.p, bytes, len) == 0);
}

bool
csg_der_equal(struct csg_der a, struct csg_der b)
{
	return csg_der_is(a, b.p, b.len);
}

bool
csg_der_time(struct csg_der *in, int64_t *out)
{
	struct csg_der rest = *in, t;
	char s[CSG_TIME_LEN] = "....-..-..T..:..:..Z";
	static const int at[] = { 5, 6, 8, 9, 11, 12, 14, 15, 17, 18 };
	const unsigned char *p;
	bool utc = csg_der_peek(in) == CSG_DER_UTCTIME;
	size_t i;

	if (!csg_der_take(&rest, utc ? CSG_DER_UTCTIME : CSG_DER_GENTIME, &t) ||
	    t.len != (utc ? 13U : 15U) || t.p[t.len - 1] != 'Z')
		return false;
	p = t.p;
	if (utc) { /* 1950 to 2049 */
		memcpy(s, p[0] >= '5' ? "19" : "20", 2);
		memcpy(s + 2, p, 2);
		p += 2;
	} else {
		memcpy(s, p, 4);
		p += 4;
	}
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		s[at[i]] = (char)p[i];
	if (csg_time_parse(s, out, NULL) != CSG_OK)
		return false;
	/* GeneralizedTime is valid only from 2050 on */
	if (!utc && memcmp(s, "2050", 4) < 0)
		return false;
	*in = rest;
	return true;
}
