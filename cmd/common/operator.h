/*
 * The operator's key: a csg_operator for csg-sign and csg-policy found.
 */
#ifndef CSG_CMD_COMMON_OPERATOR_H
#define CSG_CMD_COMMON_OPERATOR_H

#include "lib/sign/sign.h"

struct cmd_operator {
	const char *key; /* -k; not NULL: a workstation has no default */
	const char *pin_source; /* --pin-source, or NULL */
};

/* The act function of a csg_operator; arg is a struct cmd_operator.  Loads the
 * key, finds its owner in the tally's policy (GROUP), and adds the signed act
 * to *out. */
enum csg_rc cmd_operate(void *arg, const struct csg_tally *t,
    struct csg_bundle *out, struct csg_err *err);

#endif
