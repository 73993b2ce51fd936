/* YAML and the policy in it, which is then drawn, explained and analysed for
 * coalitions. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/explain/explain.h"
#include "lib/explain/graph.h"
#include "lib/policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct csg_policy *p = NULL;
	struct csg_buf text = { 0 };
	struct csg_err err = { 0 };
	enum csg_rc rc = csg_policy_parse(data, len, &p, &err);

	if (rc == CSG_OK) {
		if (csg_policy_profile(p, "policy") == NULL ||
		    csg_explain_policy(p, &text, &err) != CSG_OK ||
		    csg_graph_dot(p, NULL, &text, &err) != CSG_OK)
			abort();
	} else if (p != NULL || (rc != CSG_MALFORMED && rc != CSG_REFUSED))
		abort();
	csg_buf_free(&text);
	csg_policy_free(p);
	return 0;
}
