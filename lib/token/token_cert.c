/* Certificates on a token, stored with their keys. */
#include <stdlib.h>
#include <string.h>

#include "lib/token/template.h"
#include "lib/token/token_p11.h"

static enum csg_rc
cert_template(struct csg_template *t, const struct csg_cert *cert,
    unsigned char *names[3], struct csg_err *err)
{
	static const CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	static const CK_CERTIFICATE_TYPE type = CKC_X_509;
	int len[3];

	len[0] = i2d_X509_NAME(X509_get_subject_name(cert->x509), &names[0]);
	len[1] = i2d_X509_NAME(X509_get_issuer_name(cert->x509), &names[1]);
	len[2] =
	    i2d_ASN1_INTEGER(X509_get0_serialNumber(cert->x509), &names[2]);
	if (len[0] < 0 || len[1] < 0 || len[2] < 0)
		return csg_fail_ssl(err, CSG_R_IO, "encoding a certificate");
	csg_template_put(t, CKA_CLASS, &class, sizeof(class));
	csg_template_put(t, CKA_CERTIFICATE_TYPE, &type, sizeof(type));
	csg_template_flag(t, CKA_PRIVATE, false);
	csg_template_put(t, CKA_SUBJECT, names[0], (size_t)len[0]);
	csg_template_put(t, CKA_ISSUER, names[1], (size_t)len[1]);
	csg_template_put(t, CKA_SERIAL_NUMBER, names[2], (size_t)len[2]);
	csg_template_put(t, CKA_VALUE, cert->der, cert->der_len);
	return CSG_OK;
}

static enum csg_rc
create_cert(struct csg_token *t, CK_SESSION_HANDLE session, const char *name,
    const struct csg_p11_key *k, const struct csg_cert *cert,
    struct csg_err *err)
{
	struct csg_template at = { 0 };
	unsigned char *names[3] = { NULL, NULL, NULL };
	CK_OBJECT_HANDLE object;
	sigset_t old;
	CK_RV rv;
	enum csg_rc rc;
	size_t i;

	csg_template_name(&at, name, k->id.data, k->id.len);
	if ((rc = cert_template(&at, cert, names, err)) == CSG_OK) {
		csg_p11_block(&old);
		rv = CSG_P11(t, C_CreateObject, session, at.at, at.n, &object);
		csg_p11_unblock(&old);
		if (rv != CKR_OK)
			rc = csg_p11_fail(err, rv, "storing a certificate");
	}
	for (i = 0; i < 3; i++)
		OPENSSL_free(names[i]);
	return rc;
}

/* The private key of this name, which must be the certificate's. */
static enum csg_rc
find_key_of(struct csg_token *t, const char *name, const struct csg_cert *cert,
    struct csg_token_key **out, struct csg_err *err)
{
	struct csg_p11_key p11 = { 0 };
	enum csg_rc rc;

	if ((rc = csg_p11_key_named(t, name, &p11, err)) == CSG_OK &&
	    (rc = csg_p11_key_keep(t, NULL, &p11, out, err)) == CSG_OK &&
	    !csg_cert_has_key(cert, (*out)->public))
		rc = csg_fail(err, CSG_R_KEYMISMATCH,
		    "token '%s': the certificate does not belong to key '%s'",
		    t->label, name);
	csg_p11_key_free(&p11);
	return rc;
}

/* The new certificate is stored before old ones are removed. */
enum csg_rc
csg_token_put_cert(struct csg_token *t, const char *name,
    const struct csg_cert *cert, struct csg_err *err)
{
	struct csg_p11_search what = { CKO_CERTIFICATE, name, NULL, 0 };
	struct csg_token_key *k;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE *old = NULL;
	size_t n = 0, i;
	CK_RV rv;
	enum csg_rc rc;

	if ((rc = csg_p11_ready(t, err)) != CSG_OK ||
	    (rc = find_key_of(t, name, cert, &k, err)) != CSG_OK ||
	    (rc = csg_p11_find(t, &what, &old, &n, err)) != CSG_OK ||
	    (rc = csg_p11_write_session(t, &session, err)) != CSG_OK)
		goto out;
	rc = create_cert(t, session, name, &k->p11, cert, err);
	for (i = 0; i < n && rc == CSG_OK; i++) {
		rv = CSG_P11(t, C_DestroyObject, session, old[i]);
		if (rv != CKR_OK)
			rc = csg_p11_fail(
			    err, rv, "removing an old certificate");
	}
	(void)CSG_P11(t, C_CloseSession, session);
out:
	free(old);
	return rc;
}

enum csg_rc
csg_token_get_cert(struct csg_token *t, const char *name,
    struct csg_cert **cert, struct csg_err *err)
{
	struct csg_p11_search what = { CKO_CERTIFICATE, name, NULL, 0 };
	struct csg_token_key *k;
	struct csg_cert *c = NULL;
	CK_OBJECT_HANDLE *found = NULL;
	size_t n = 0;
	enum csg_rc rc;

	*cert = NULL;
	if ((rc = csg_p11_ready(t, err)) != CSG_OK ||
	    (rc = csg_p11_find(t, &what, &found, &n, err)) != CSG_OK)
		goto out;
	if (n != 1) {
		rc = csg_fail(err, CSG_R_TOKEN,
		    "token '%s': %zu certificates are named '%s'; exactly one is required",
		    t->label, n, name);
		goto out;
	}
	if ((rc = csg_p11_cert_read(t, found[0], &c, err)) != CSG_OK ||
	    (rc = find_key_of(t, name, c, &k, err)) != CSG_OK ||
	    (rc = csg_p11_check_possession(k, c, err)) != CSG_OK)
		goto out;
	*cert = c;
	c = NULL; /* transferred */
out:
	csg_cert_free(c);
	free(found);
	return rc;
}
