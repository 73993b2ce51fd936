/*
 * PKCS#11 URIs (RFC 7512), parsed by p11-kit and held to csg's rules.
 *
 * Refused (PARSE): what p11-kit refuses or does not recognise, raw bytes
 * outside the RFC's alphabet, malformed percent-encoding, attributes that
 * stand twice, pin-value, module-path and module-name.
 */
#ifndef CSG_URI_H
#define CSG_URI_H

#include <p11-kit/uri.h>

#include "lib/err.h"

struct csg_uri {
	P11KitUri	*uri;
	char		*object;	/* CKA_LABEL, or NULL */
	unsigned char	*id;		/* CKA_ID, or NULL */
	size_t		 id_len;
};

enum csg_rc	csg_uri_parse(const char *s, struct csg_uri **out,
		    struct csg_err *err);
void		csg_uri_free(struct csg_uri *u);

#endif
