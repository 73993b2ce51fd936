#include "lib/workstation/session.h"
#include "lib/workstation/embedded.h"

enum csg_rc
csg_session_login(const struct csg_signer *signer,
    const struct csg_pin_source *pin, const struct csg_key *key,
    struct csg_token **token, struct csg_signer_key *k, struct csg_err *err)
{
	enum csg_rc rc;

	*token = NULL;
	if ((rc = csg_embedded_open(signer, token, err)) != CSG_OK ||
	    (rc = csg_token_login(*token, pin, err)) != CSG_OK ||
	    (rc = csg_embedded_keep(signer, err)) != CSG_OK)
		goto out;
	rc = csg_token_signing_key(
	    *token, key->uri, key->cert, key->pss, k, err);
out:
	if (rc != CSG_OK) {
		csg_token_close(*token);
		*token = NULL;
	}
	return rc;
}
