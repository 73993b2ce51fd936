/* csg-verify --openssl: print commands by which a stranger without csg can
 * check the signatures. */
#include <stdio.h>

#include "cmd/verify/verify.h"

static void
print_file(const char *name, const char *text)
{
	(void)printf("cat > %s <<'END'\n%sEND\n", name, text);
}

/* Print a quoted shell word that neither a terminal nor an option parser can
 * misunderstand. */
static void
print_quoted(const char *s)
{
	const unsigned char *p;
	bool odd = false;

	for (p = (const unsigned char *)s; *p != '\0'; p++)
		odd = odd || *p < 0x20 || *p == 0x7f;
	(void)fputs(odd ? "$'" : "'", stdout);
	if (s[0] == '-')
		(void)fputs("./", stdout);
	for (p = (const unsigned char *)s; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			(void)printf("\\x%02x", *p);
		else if (odd && (*p == '\'' || *p == '\\'))
			(void)printf("\\%c", *p);
		else if (*p == '\'')
			(void)fputs("'\\''", stdout);
		else
			(void)putchar(*p);
	(void)putchar('\'');
}

static void
print_raw_command(
    const struct csg_key *key, const char *artifact, const char *sig)
{
	(void)printf(
	    "openssl x509 -in csg-key.pem -noout -pubkey > csg-key.pub\n"
	    "openssl dgst -%s -verify csg-key.pub ",
	    csg_alg_name(key->cert->alg));
	if (key->pss)
		(void)printf(
		    "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest ");
	(void)fputs("-signature ", stdout);
	print_quoted(sig);
	(void)putchar(' ');
	print_quoted(artifact);
	(void)putchar('\n');
}

void
verify_print_openssl(const struct csg_line *l)
{
	const struct csg_finding *f = &l->finding;
	const struct csg_record *r = f->proof->record;
	const struct csg_link *last;
	struct csg_buf key = { 0 }, signer = { 0 }, msg = { 0 };
	struct csg_err err = { 0 };
	size_t n = f->proof->chain->n;
	const struct csg_policy *judge;

	last = &f->proof->chain->links[n - 1];
	judge = n > 1 ? f->proof->chain->links[n - 2].policy : last->policy;
	(void)csg_cert_write(r->key->cert, &key, &err);
	(void)csg_cert_write(
	    judge->keys[judge->policy_key].cert, &signer, &err);
	csg_envelope_armor(last->msg->env, &msg);
	(void)printf(
	    "# This checks the signing key's and the policy key's signatures.\n"
	    "# It proves no quorum: only csg-verify recounts the approvals.\n"
	    "set -e\n");
	print_file("csg-key.pem", csg_buf_str(&key));
	print_file("csg-policy-key.pem", csg_buf_str(&signer));
	print_file("csg-policy.cms", csg_buf_str(&msg));
	(void)printf(
	    "openssl cms -verify -binary -inform PEM -in csg-policy.cms -nointern -certfile csg-policy-key.pem -CAfile csg-policy-key.pem -partial_chain -purpose any -out csg-policy.yaml\n");
	if (r->tally->profile->format == CSG_FORMAT_CMS) {
		(void)fputs(
		    "openssl cms -verify -binary -inform DER -in ", stdout);
		print_quoted(l->signature);
		(void)fputs(" -content ", stdout);
		print_quoted(l->path);
		(void)printf(
		    " -nointern -certfile csg-key.pem -CAfile csg-key.pem -partial_chain -purpose any -out /dev/null\n");
	} else if (r->tally->profile->format == CSG_FORMAT_RAW)
		print_raw_command(r->key, l->path, l->signature);
	csg_buf_free(&key);
	csg_buf_free(&signer);
	csg_buf_free(&msg);
}
