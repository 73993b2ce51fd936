/*
 * PKCS#11 URIs (RFC 7512), parsed by p11-kit and checked against csg's rules.
 *
 * Refused (PARSE): anything that p11-kit refuses or does not recognise, raw
 * bytes outside the RFC's alphabet, malformed percent-encoding, attributes
 * given twice, values longer than their field, text that can't be shown, an
 * empty id or object, pin-value, module-path and module-name.
 *
 * A pin-source and attributes named vendor-... are part of the RFC and parse,
 * but csg can't honour them: token.h refuses to search with such a URI.  The
 * same is true of a token label of 33 to 40 bytes: no token can have it, but an
 * example in RFC 7512 section 6 has one of 34.
 */
#ifndef CSG_CRYPTO_PKCS11_URI_H
#define CSG_CRYPTO_PKCS11_URI_H

#include <p11-kit/uri.h>

#include "lib/base/err.h"

struct csg_uri {
	P11KitUri *uri; /* without attributes that no token can match */
	char *object; /* CKA_LABEL, or NULL */
	unsigned char *id; /* CKA_ID, or NULL */
	size_t id_len;
	bool pin_source; /* it has a pin-source */
	bool no_match; /* it has an attribute that no token can match */
};

/* Parse a URI; *out belongs to the caller.  PARSE; the text never shows a
 * value, which could be a PIN. */
enum csg_rc csg_uri_parse(
    const char *s, struct csg_uri **out, struct csg_err *err);
void csg_uri_free(struct csg_uri *u);

#endif
