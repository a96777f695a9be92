"""The model card: what the weights are, what they learnt from, how well they do, where they fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from feuerwache.classifier.model.classifier import THRESHOLDS
from feuerwache.classifier.training.corpora import JUDGING, TEACHING, Example
from feuerwache.classifier.training.evaluate import Evaluation
from feuerwache.classifier.training.train import FOLDS, STRENGTH, Trained

#: HateCheck functionalities in which bags of n-grams are known to fail.
HARD = ("counter_quote_nh", "counter_ref_nh", "negate_neg_nh", "ident_pos_nh", "ident_neutral_nh", "profanity_nh")


def write_card(trained: Trained, examples: Sequence[Example], found: Evaluation) -> str:
    digest = sha256(trained.packed).hexdigest()
    judges = ", ".join(corpus.title for corpus in JUDGING)
    counts = Counter(example.source for example in examples)
    lines = [
        "# Model card: the built-in classifier of Feuerwache",
        "",
        "Written by `feuerwache classifier train`; do not edit by hand.",
        "",
        f"- file: `feuerwache.weights`, {len(trained.packed):,} bytes, version `builtin-{digest[:12]}`",
        f"- sha256: `{digest}`",
        "- for: sorting posts in German (and English) brand communities for the house rules and for people; not for "
        "judging persons, and not as the only ground of a sanction",
        "",
        "## Method",
        "",
        "Hashed character 2- to 5-grams within words and whole words, 2^18 buckets, tf-idf, length-normalised; one "
        f"ridge logistic regression per label and language (strength {STRENGTH:g}, L-BFGS, no randomness), masked "
        f"where a set lacks the label; Platt calibration on {FOLDS} held-out fifths; float16. Names, addresses and "
        "numbers are placeholders. Chances are calibrated on the sets below, where abuse is far commoner than in a "
        "community: read them as an order, not as a rate.",
        "",
        "Threats, self-harm, spam, personal data, complaints, praise, questions, suggestions, sexual content and most "
        "of profanity are recognised by patterns written for the project (`patterns/`); for insults and profanity "
        "patterns and learnt head stand side by side and the higher score counts. The mood (`negative`) is a logistic "
        "combination of those (`model/mood.py`).",
        "",
        "## Learnt from",
        "",
        "| set | licence | texts used |",
        "|---|---|---|",
        *(f"| {corpus.title} | {corpus.licence} | {counts[corpus.name]:,} |" for corpus in TEACHING),
        f"| own sentences: friendly | Apache-2.0, written for the project | {counts['own/friendly']} |",
        f"| own sentences: displeased but civil | Apache-2.0, written for the project | {counts['own/displeased']} |",
        "",
        "Repeats are removed (compared without names, addresses, punctuation and case), and so is whatever stands in a "
        "set that judges. No text of these sets is in the repository. The IWG set is CC BY-SA 3.0: the weights may "
        "be used under the same terms as far as they are an adaptation of it.",
        "",
        f"Judged only, never learnt from: {judges}, and {found.friendly + found.unseen} own friendly sentences.",
        "",
        "## Figures",
        "",
        f"Cross-validation in {FOLDS} folds over the public sets, calibrated chance of 0.5 as the cut. Experience with "
        "the official tests says that such figures overstate them by 4 to 8 points; the official GermEval 2018 test "
        "was not at hand.",
        "",
        "| head | yes | no | macro-F1 | precision at the threshold | recall there |",
        "|---|---|---|---|---|---|",
        *(
            f"| {each.head.language} {each.head.label} | {each.positives:,} | {each.negatives:,} "
            f"| {each.macro_f1:.3f} | {each.precision:.2f} | {each.recall:.2f} |"
            for each in trained.reports
        ),
        "",
        "On sets that taught nothing:",
        "",
        "| set | question | figure |",
        "|---|---|---|",
        f"| GAHD test | hate, macro-F1 | {found.gahd_test:.3f} |",
        f"| HateCheck (English) | hate, macro-F1 | {found.hatecheck:.3f} |",
        f"| HateCheck (English) | hateful cases found | {found.hatecheck_hate_found:.3f} |",
        f"| SB10k | bad mood or not, macro-F1 | {found.mood:.3f} |",
        f"| SB10k | bad mood, F1 | {found.mood_negative:.3f} |",
        f"| own friendly sentences, first set | flagged | {found.friendly_flagged} of {found.friendly} |",
        f"| own friendly sentences, first set | taken for a bad mood | {found.friendly_negative} of {found.friendly} |",
        f"| own friendly sentences, second set | flagged | {found.unseen_flagged} of {found.unseen} |",
        f"| own friendly sentences, second set | taken for a bad mood | {found.unseen_negative} of {found.unseen} |",
        "| own displeased sentences (taught the mood) | taken for a bad mood "
        f"| {found.displeased_negative} of {found.displeased} |",
        "",
        *_friendly_labels(found),
        "## Thresholds",
        "",
        "A post is flagged when one of these labels reaches its threshold: "
        + ", ".join(f"{label} {value:g}" for label, value in THRESHOLDS.items())
        + ". They were set by hand. With 0.6 for insult, hate and offensive, 2 of the first 70 friendly sentences were "
        "flagged; then these three were raised, which flatters the figure of that set. The second set was written "
        "afterwards. House rules have thresholds of their own.",
        "",
        "## Known failures",
        "",
        "A bag of n-grams does not know who speaks about whom. Counter-speech, quotation, negation and irony are the "
        "worst; words for groups that are mostly met in hate raise the score of neutral sentences about them. Sarcasm "
        "is mostly missed. Languages other than German and English get the higher of two heads that do not know them. "
        "Share of HateCheck cases answered rightly (chance of 0.5), the hardest kinds of harmless ones first:",
        "",
        "| HateCheck functionality | right |",
        "|---|---|",
        *(f"| {name} | {found.functions[name]:.2f} |" for name in HARD if name in found.functions),
        *(f"| {name} | {value:.2f} |" for name, value in found.functions.items() if name not in HARD),
        "",
    ]
    return "\n".join(lines)


def _friendly_labels(found: Evaluation) -> list[str]:
    if not found.friendly_labels:
        return []
    labels = ", ".join(f"{label} {count}" for label, count in found.friendly_labels.items())
    return [f"What the flagged friendly ones were taken for: {labels}.", ""]
