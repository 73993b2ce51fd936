#include "lib/format/format.h"
#include "lib/verify/match.h"

/* ---- the score ---- */

enum score {
	FAR = 0,
	BROKEN,
	BROKEN_OUTPUT,
	PLACE,
	INPUT,
	INPUT_PLACE,
	BROKEN_FIT,
	OUTPUT,
	OUTPUT_PLACE,
	FIT
};

static enum score
score_of(const struct csg_claim *c, const struct csg_subject *s)
{
	bool alike =
	    c->format == NULL || s->format == NULL || c->format == s->format;
	bool output = csg_id_equal(&c->output, &s->output);
	bool input = csg_id_equal(&c->input, &s->hashes->id);
	bool place = alike && csg_id_equal(&c->place, &s->place);

	if (output && input)
		return c->holds ? FIT : BROKEN_FIT;
	if (output && c->holds)
		return place ? OUTPUT_PLACE : OUTPUT;
	if (output)
		return BROKEN_OUTPUT;
	if (input && alike && c->holds)
		return place ? INPUT_PLACE : INPUT;
	if (!place && !(input && alike))
		return FAR;
	return c->holds ? PLACE : BROKEN;
}

const struct csg_claim *
csg_match_nearest(const struct csg_claims *c, const struct csg_subject *s)
{
	const struct csg_id *const ids[] = {
		&s->output,
		&s->hashes->id,
		&s->place,
	};
	const struct csg_claim_key *k;
	const struct csg_claim *best = NULL;
	enum score score, best_score = FAR;
	size_t i, n;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		for (k = csg_claims_find(c, ids[i], &n); n > 0; k++, n--) {
			if ((score = score_of(k->claim, s)) == FAR)
				continue;
			if (score > best_score ||
			    (score == best_score && k->claim < best)) {
				best = k->claim;
				best_score = score;
			}
		}
	return best;
}

/* ---- the answer ---- */

/* Check that the proof sealed the signature and is as expected. */
static void
judge(const struct csg_match_in *in, const struct csg_claim *c,
    const struct csg_subject *s, struct csg_match *out)
{
	const struct csg_proof *p = in->claims->files[c->file].proof;

	*out = (struct csg_match){ c->file, c->artifact, { 0 } };
	if (csg_verify_output(p, c->artifact, s->hashes, s->sig->data,
		s->sig->len, &out->why) == CSG_OK)
		(void)csg_verify_expected(p, in->expected, &out->why);
}

/* Judge by the best claim.  If the signature is not valid by it, other claims
 * that fit may make it so: a file can be signed the same way twice. */
static void
judge_best(const struct csg_match_in *in, const struct csg_claim *best,
    const struct csg_subject *s, struct csg_match *out)
{
	const struct csg_claim_key *k;
	struct csg_match other;
	size_t n;

	judge(in, best, s, out);
	k = csg_claims_find(in->claims, &s->output, &n);
	for (; n > 0 && out->why.rc != CSG_OK; k++, n--) {
		if (k->claim == best || score_of(k->claim, s) != FIT)
			continue;
		judge(in, k->claim, s, &other);
		if (other.why.rc == CSG_OK)
			*out = other;
	}
}

/* No proof covers it; report a key of the policy that signed it, if any. */
static void
not_endorsed(const struct csg_match_in *in, const struct csg_subject *s,
    struct csg_match *out)
{
	const struct csg_key *key = NULL;

	if (in->policy != NULL)
		key = csg_verify_signer(
		    in->policy, s->hashes, s->sig->data, s->sig->len);
	if (key == NULL)
		(void)csg_fail(&out->why, CSG_R_UNENDORSED,
		    "not endorsed: no proof covers it");
	else
		(void)csg_fail(&out->why, CSG_R_UNENDORSED,
		    "signed by key %s, but not endorsed: no proof covers it",
		    key->name);
}

/* Report why the proof that was needed is not valid. */
static void
blame(const struct csg_claims *c, size_t file, struct csg_match *out)
{
	const struct csg_proof_file *f = &c->files[file];

	out->file = file;
	(void)csg_fail(&out->why, f->reason, "%s", f->text);
	(void)csg_err_prefix_file(&out->why, f->path);
	(void)csg_err_prefix(&out->why, "proof ");
}

void
csg_match(const struct csg_match_in *in, const struct csg_subject *s,
    struct csg_match *out)
{
	const struct csg_claims *c = in->claims;
	const struct csg_claim *best = csg_match_nearest(c, s);

	*out = (struct csg_match){ .file = CSG_NONE };
	if (best != NULL && best->holds)
		judge_best(in, best, s, out);
	else if (best != NULL)
		blame(c, best->file, out);
	else if (in->only_one && c->nfiles == 1 && c->files[0].proof == NULL)
		blame(c, 0, out);
	else
		not_endorsed(in, s, out);
}
