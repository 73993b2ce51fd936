/*
 * The commands of csg-policy.  Each is a function that takes the command line
 * and returns the result; csg-policy.c has the table of them.
 */
#ifndef CSG_CMD_POLICY_POLICY_H
#define CSG_CMD_POLICY_POLICY_H

#include "cmd/common/operator.h"

#define POLICY_MAX_GROUPS 64
#define POLICY_MAX_LISTS 64

/* The command line. */
struct policy_args {
	const char *config, *out, *policy, *trust;
	struct cmd_operator op;
	char *groups[POLICY_MAX_GROUPS];
	size_t ngroups;
	bool force, json, yes;
	const char *profile, *requester, *at;
	struct {
		enum csg_vote vote;
		const char *list; /* NAME[:STATEMENT],... */
	} votes[POLICY_MAX_LISTS];
	size_t nvotes;
	char **operand;
	int n;
};

/* new.c, edit.c: make and edit drafts. */
enum csg_rc policy_new(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_user(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_key(const struct policy_args *a, struct csg_err *err);

/* show.c, audit.c, try.c: check and explain a policy. */
enum csg_rc policy_check(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_show(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_explain(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_audit(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_diff(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_graph(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_try(const struct policy_args *a, struct csg_err *err);

/* Print the words of a trust anchor, which people compare, on stderr. */
void policy_say_anchor(const struct csg_id *founding);

/* install.c: put a policy in force on the workstation, or install it for
 * oneself. */
enum csg_rc policy_found(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_join(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_update(const struct policy_args *a, struct csg_err *err);

#endif
