/*
 * A cursor over DER (X.690), used to read all binary structures.
 *
 * Refuses indefinite, non-minimal and over-long lengths, multi-byte tags, and
 * elements that extend beyond the end.  Allocates nothing; slices borrow the
 * input.
 */
#ifndef CSG_CODEC_DER_H
#define CSG_CODEC_DER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"

struct csg_der {
	const unsigned char *p;
	size_t len;
};

enum { /* identifier octets */
	CSG_DER_BOOLEAN = 0x01,
	CSG_DER_INTEGER = 0x02,
	CSG_DER_BITS = 0x03,
	CSG_DER_OCTETS = 0x04,
	CSG_DER_NULL = 0x05,
	CSG_DER_OID = 0x06,
	CSG_DER_UTF8 = 0x0c,
	CSG_DER_UTCTIME = 0x17,
	CSG_DER_GENTIME = 0x18,
	CSG_DER_SEQ = 0x30,
	CSG_DER_SET = 0x31
};
#define CSG_DER_CONTEXT(n) (0xa0 | (n)) /* constructed [n] */

/* Identifier octet of the next element, or -1 at the end. */
int csg_der_peek(const struct csg_der *in);

/*
 * Take the next element, which must have the identifier octet tag, and set
 * *body to its contents.  Returns false and takes nothing if there is no such
 * element or it is not DER.  csg_der_whole() returns the element including its
 * header instead.
 */
bool csg_der_take(struct csg_der *in, int tag, struct csg_der *body);
bool csg_der_whole(struct csg_der *in, int tag, struct csg_der *element);

/* Take a minimally encoded INTEGER from 0 to 2^31 - 1. */
bool csg_der_uint(struct csg_der *in, unsigned *out);

/* Does the slice hold exactly these bytes? */
bool csg_der_is(struct csg_der a, const void *bytes, size_t len);
bool csg_der_equal(struct csg_der a, struct csg_der b);

/* Take a time as RFC 5652 section 11.3 requires, UTCTime until 2049 and
 * GeneralizedTime from 2050, into seconds since the epoch.  False before
 * 1970. */
bool csg_der_time(struct csg_der *in, int64_t *out);

#endif
