/*
 * What the commands of csg-policy share.  Each is a function of its arguments
 * in cmd/policy_*.c; csg-policy.c has the table.
 */
#ifndef CSG_CMD_POLICY_H
#define CSG_CMD_POLICY_H

#include "cmd/cmd.h"
#include "cmd/operator.h"

#define POLICY_MAX_GROUPS 64
#define POLICY_MAX_LISTS 64

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

/* A policy to read: the one in force, or a draft. */
struct policy_source {
	struct csg_trust *trust;
	struct csg_chain *chain; /* NULL for a draft */
	struct csg_policy *draft; /* NULL for a chain */
	const struct csg_policy *policy; /* of either */
};

/* path NULL: the default chain; a file in YAML is a draft, any other a chain
 * under the anchor. */
enum csg_rc policy_load(const char *path, const char *trust,
    struct policy_source *out, struct csg_err *err);
void policy_source_clear(struct policy_source *s);

/* policy_new.c, policy_edit.c: drafts */
enum csg_rc policy_new(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_user(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_key(const struct policy_args *a, struct csg_err *err);

/* policy_show.c: what a policy says */
enum csg_rc policy_check(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_show(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_explain(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_audit(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_diff(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_graph(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_try(const struct policy_args *a, struct csg_err *err);

/* The words of an anchor, as people compare them. */
void policy_say_anchor(const struct csg_id *founding);

/* policy_install.c: putting one in force, here or for oneself */
enum csg_rc policy_found(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_join(const struct policy_args *a, struct csg_err *err);
enum csg_rc policy_update(const struct policy_args *a, struct csg_err *err);

#endif
