/*
 * PKCS#11 URIs (RFC 7512), parsed by p11-kit and held to csg's rules.
 *
 * Refused (PARSE): what p11-kit refuses or does not recognise, raw bytes
 * outside the RFC's alphabet, malformed percent-encoding, attributes
 * given twice, values longer than their field, text that can't be shown,
 * an empty id or object, pin-value, module-path and module-name.
 *
 * A pin-source and attributes named vendor-... are part of the RFC and parse,
 * but csg can't honour them: token.h refuses to search with such a URI.  So
 * it does with a token label of 33 to 40 bytes: none fits a token, but an
 * example in RFC 7512 section 6 has 34.
 */
#ifndef CSG_CRYPTO_PKCS11_URI_H
#define CSG_CRYPTO_PKCS11_URI_H

#include <p11-kit/uri.h>

#include "lib/base/err.h"

struct csg_uri {
	P11KitUri *uri; /* without what can't match */
	char *object; /* CKA_LABEL, or NULL */
	unsigned char *id; /* CKA_ID, or NULL */
	size_t id_len;
	bool pin_source; /* has a pin-source */
	bool no_match; /* has what no token can match */
};

enum csg_rc csg_uri_parse(
    const char *s, struct csg_uri **out, struct csg_err *err);
void csg_uri_free(struct csg_uri *u);

#endif
