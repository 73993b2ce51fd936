#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/buf.h"
#include "lib/base/text.h"
#include "lib/crypto/pkcs11_uri.h"

#define SCHEME "pkcs11:"
#define MAX_URI 2048
#define LABEL_FIELD 32 /* bytes of CK_TOKEN_INFO.label */

enum kind { TEXT, BYTES, SLOT, VERSION, CLASS, FORBIDDEN };

/* The attributes of RFC 7512 section 2.3, and the sizes of their fields. */
static const struct attr {
	const char *name;
	bool query;
	enum kind kind;
	size_t max;
	bool empty; /* an empty value is allowed */
} attrs[] = {
	{ "token", false, TEXT, 40, true },
	{ "manufacturer", false, TEXT, 32, true },
	{ "serial", false, TEXT, 16, true },
	{ "model", false, TEXT, 16, true },
	{ "library-manufacturer", false, TEXT, 32, true },
	{ "library-description", false, TEXT, 32, true },
	{ "library-version", false, VERSION, 7, false },
	{ "slot-manufacturer", false, TEXT, 32, true },
	{ "slot-description", false, TEXT, 64, true },
	{ "slot-id", false, SLOT, 10, false },
	{ "object", false, TEXT, 255, false },
	{ "id", false, BYTES, 255, false },
	{ "type", false, CLASS, 10, false },
	{ "pin-source", true, TEXT, 1024, false },
	{ "pin-value", true, FORBIDDEN, 0, true },
	{ "module-name", true, FORBIDDEN, 0, true },
	{ "module-path", true, FORBIDDEN, 0, true },
};
#define NATTRS (sizeof(attrs) / sizeof(attrs[0]))

/* The state of reading one URI. */
struct reader {
	struct csg_uri *u;
	struct csg_buf clean; /* the URI that p11-kit parses */
	bool seen[NATTRS];
	const char *vendor[16]; /* name=value of vendor attributes */
	size_t vendor_len[16];
	size_t nvendor;
};

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

/* RFC 7512 section 2.3; ';' in a query is taken literally. */
static bool
allowed(char c, bool query)
{
	return is_alnum(c) ||
	    (c != '\0' &&
		strchr(query ? "-._~:[]@!$'()*+,=/?|;" : "-._~:[]@!$'()*+,=&",
		    c) != NULL);
}

static enum csg_rc
decode(const char *name, const char *s, size_t len, bool query,
    struct csg_buf *out, struct csg_err *err)
{
	size_t i;
	unsigned char c;

	for (i = 0; i < len; i++) {
		c = (unsigned char)s[i];
		if (s[i] == '%') {
			if (len - i < 3 || hex(s[i + 1]) == -1 ||
			    hex(s[i + 2]) == -1)
				return csg_fail(err, CSG_R_PARSE,
				    "PKCS#11 URI: %s: malformed percent-encoding",
				    name);
			c = (unsigned char)(hex(s[i + 1]) * 16 + hex(s[i + 2]));
			i += 2;
		} else if (!allowed(s[i], query))
			return csg_fail(err, CSG_R_PARSE,
			    "PKCS#11 URI: %s: byte 0x%02x must be percent-encoded",
			    name, c);
		csg_buf_add(out, &c, 1);
	}
	return csg_buf_ok(out, err);
}

static bool
is_number(const char *s, size_t len, size_t max)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return len >= 1 && len <= max;
}

static bool
is_version(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] != '.')
		n++;
	if (!is_number(s, n, 3) || strtol(s, NULL, 10) > 255)
		return false;
	return n == len ||
	    (is_number(s + n + 1, len - n - 1, 3) &&
		strtol(s + n + 1, NULL, 10) <= 255);
}

static bool
is_class(const char *s, size_t len)
{
	static const char *const classes[] = { "public", "private", "cert",
		"secret-key", "data" };
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strlen(classes[i]) == len &&
		    memcmp(classes[i], s, len) == 0)
			return true;
	return false;
}

static bool
value_fits(const struct attr *a, const char *raw, size_t len,
    const struct csg_buf *value)
{
	switch (a->kind) {
	case TEXT: return csg_text_valid(csg_buf_str(value), value->len, false);
	case SLOT: return is_number(raw, len, a->max);
	case VERSION: return is_version(raw, len);
	case CLASS: return is_class(raw, len);
	case BYTES: return true;
	case FORBIDDEN: break;
	}
	return false;
}

/* The messages never show the value, which could be a PIN given by mistake. */
static enum csg_rc
check_value(const struct attr *a, const char *raw, size_t len,
    size_t *value_len, struct csg_err *err)
{
	struct csg_buf value = { 0 };
	enum csg_rc rc;

	if (a->kind == FORBIDDEN)
		return csg_fail(err, CSG_R_PARSE,
		    "PKCS#11 URI: %s is not accepted: %s", a->name,
		    strcmp(a->name, "pin-value") == 0 ?
			"a PIN does not belong in a URI" :
			"a URI can't choose the module");
	if ((rc = decode(a->name, raw, len, a->query, &value, err)) != CSG_OK)
		goto out;
	if (value.len == 0 && !a->empty)
		rc = csg_fail(
		    err, CSG_R_PARSE, "PKCS#11 URI: %s is empty", a->name);
	else if (value.len > a->max)
		rc = csg_fail(err, CSG_R_PARSE,
		    "PKCS#11 URI: %s is longer than %zu bytes", a->name,
		    a->max);
	else if (!value_fits(a, raw, len, &value))
		rc = csg_fail(err, CSG_R_PARSE,
		    "PKCS#11 URI: %s has an invalid value", a->name);
	else if (strcmp(a->name, "pin-source") == 0 && value.data[0] == '|')
		rc = csg_fail(err, CSG_R_PARSE,
		    "PKCS#11 URI: pin-source: commands are not accepted");
	*value_len = value.len;
out:
	csg_buf_free(&value);
	return rc;
}

static bool
is_vendor(const char *name, size_t len)
{
	return len > 7 && memcmp(name, "vendor-", 7) == 0;
}

static enum csg_rc
take_vendor(struct reader *r, const char *name, size_t name_len, size_t len,
    bool query, struct csg_err *err)
{
	struct csg_buf value = { 0 };
	size_t i;
	enum csg_rc rc;

	for (i = 0; i < r->nvendor; i++)
		if (r->vendor_len[i] == name_len &&
		    memcmp(r->vendor[i], name, name_len) == 0)
			return csg_fail(err, CSG_R_PARSE,
			    "PKCS#11 URI: %.*s is given twice", (int)name_len,
			    name);
	if (r->nvendor == sizeof(r->vendor) / sizeof(r->vendor[0]))
		return csg_fail(err, CSG_R_PARSE,
		    "PKCS#11 URI: too many vendor attributes");
	r->vendor[r->nvendor] = name;
	r->vendor_len[r->nvendor++] = name_len;
	r->u->no_match = true;
	rc = decode("vendor attribute", name + name_len + 1, len - name_len - 1,
	    query, &value, err);
	csg_buf_free(&value);
	return rc;
}

/* Read one "name=value" of len bytes; *n counts those copied for p11-kit. */
static enum csg_rc
take_attr(struct reader *r, const char *s, size_t len, bool query, size_t *n,
    struct csg_err *err)
{
	size_t name_len = 0, value_len = 0, i;
	enum csg_rc rc;

	while (name_len < len &&
	    (is_alnum(s[name_len]) || s[name_len] == '-' || s[name_len] == '_'))
		name_len++;
	if (name_len == 0 || name_len == len || s[name_len] != '=')
		return csg_fail(err, CSG_R_PARSE,
		    "PKCS#11 URI: an attribute does not have the form name=value");
	if (is_vendor(s, name_len))
		return take_vendor(r, s, name_len, len, query, err);
	for (i = 0; i < NATTRS; i++)
		if (attrs[i].query == query &&
		    strlen(attrs[i].name) == name_len &&
		    memcmp(attrs[i].name, s, name_len) == 0)
			break;
	if (i == NATTRS)
		return csg_fail(err, CSG_R_PARSE,
		    "PKCS#11 URI: unknown attribute %.*s",
		    (int)(name_len > 40 ? 40 : name_len), s);
	if (r->seen[i])
		return csg_fail(err, CSG_R_PARSE,
		    "PKCS#11 URI: %s is given twice", attrs[i].name);
	r->seen[i] = true;
	if ((rc = check_value(&attrs[i], s + name_len + 1, len - name_len - 1,
		 &value_len, err)) != CSG_OK)
		return rc;
	if (strcmp(attrs[i].name, "token") == 0 && value_len > LABEL_FIELD) {
		r->u->no_match = true;
		return CSG_OK;
	}
	csg_buf_puts(
	    &r->clean, *n > 0 ? (query ? "&" : ";") : (query ? "?" : ""));
	csg_buf_add(&r->clean, s, len);
	++*n;
	r->u->pin_source |= query;
	return CSG_OK;
}

static enum csg_rc
take_attrs(struct reader *r, const char *s, size_t len, bool query,
    struct csg_err *err)
{
	const char *end;
	size_t n = 0, m;
	enum csg_rc rc;

	if (len == 0)
		return CSG_OK;
	for (;;) {
		end = memchr(s, query ? '&' : ';', len);
		m = end != NULL ? (size_t)(end - s) : len;
		if ((rc = take_attr(r, s, m, query, &n, err)) != CSG_OK ||
		    end == NULL)
			return rc;
		s += m + 1;
		len -= m + 1;
	}
}

/* Copy the label and id, by which callers search, from p11-kit's URI. */
static enum csg_rc
copy_object(struct csg_uri *u, struct csg_err *err)
{
	CK_ATTRIBUTE_PTR a;

	a = p11_kit_uri_get_attribute(u->uri, CKA_LABEL);
	if (a != NULL && a->ulValueLen > 0 &&
	    (u->object = strndup(a->pValue, a->ulValueLen)) == NULL)
		return csg_fail_mem(err);
	a = p11_kit_uri_get_attribute(u->uri, CKA_ID);
	if (a != NULL && a->ulValueLen > 0) {
		if ((u->id = malloc(a->ulValueLen)) == NULL)
			return csg_fail_mem(err);
		memcpy(u->id, a->pValue, a->ulValueLen);
		u->id_len = a->ulValueLen;
	}
	return CSG_OK;
}

static enum csg_rc
parse(struct reader *r, const char *s, struct csg_err *err)
{
	const char *path, *query;
	size_t len = strlen(s);
	int res;
	enum csg_rc rc;

	if (len > MAX_URI)
		return csg_fail(err, CSG_R_PARSE,
		    "PKCS#11 URI is longer than %d bytes", MAX_URI);
	if (strncasecmp(s, SCHEME, strlen(SCHEME)) != 0)
		return csg_fail(err, CSG_R_PARSE,
		    "not a PKCS#11 URI: it does not begin with '%s'", SCHEME);
	path = s + strlen(SCHEME);
	if (*path == '\0')
		return csg_fail(
		    err, CSG_R_PARSE, "PKCS#11 URI has no attributes");
	csg_buf_puts(&r->clean, SCHEME);
	query = strchr(path, '?');
	len = query != NULL ? (size_t)(query - path) : strlen(path);
	if ((rc = take_attrs(r, path, len, false, err)) != CSG_OK ||
	    (query != NULL &&
		(rc = take_attrs(r, query + 1, strlen(query + 1), true, err)) !=
		    CSG_OK) ||
	    (rc = csg_buf_ok(&r->clean, err)) != CSG_OK)
		return rc;
	if ((r->u->uri = p11_kit_uri_new()) == NULL)
		return csg_fail_mem(err);
	res = p11_kit_uri_parse(
	    csg_buf_str(&r->clean), P11_KIT_URI_FOR_ANY, r->u->uri);
	if (res != P11_KIT_URI_OK)
		return csg_fail(err, CSG_R_PARSE, "PKCS#11 URI: %s",
		    p11_kit_uri_message(res));
	if (p11_kit_uri_any_unrecognized(r->u->uri))
		return csg_fail(err, CSG_R_PARSE,
		    "PKCS#11 URI: an attribute is not recognised");
	return copy_object(r->u, err);
}

enum csg_rc
csg_uri_parse(const char *s, struct csg_uri **out, struct csg_err *err)
{
	struct reader r = { 0 };
	enum csg_rc rc;

	*out = NULL;
	if ((r.u = calloc(1, sizeof(*r.u))) == NULL)
		return csg_fail_mem(err);
	if ((rc = parse(&r, s, err)) == CSG_OK) {
		*out = r.u;
		r.u = NULL; /* transferred */
	}
	csg_buf_free(&r.clean);
	csg_uri_free(r.u);
	return rc;
}

void
csg_uri_free(struct csg_uri *u)
{
	if (u == NULL)
		return;
	if (u->uri != NULL)
		p11_kit_uri_free(u->uri);
	free(u->object);
	free(u->id);
	free(u);
}
