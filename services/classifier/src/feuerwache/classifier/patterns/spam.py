"""Spam: advertising, money, followers, medicines, stray links that want a click."""

from __future__ import annotations

from feuerwache.classifier.patterns.pattern import says, words
from feuerwache.common.events.classification import Label

_LINK = "{url}"

PATTERNS = (
    *says(
        Label.SPAM,
        0.8,
        "(verdiene|verdienen|verdient|verdienst) [0-3] (0000|000|00000|tausende|geld) (euro|€|dollar|) [0-5] "
        "(zuhause|hause|tag|woche|online|homeoffice|nebenbei)",
        "(passives|schnelles|leichtes|zusätzliches) (einkommen|geld) [0-9] (bitcoin|krypto|online|verdienen|"
        "zuhause|link|{url})",
        "(bitcoin|krypto|crypto|forex|trading) [0-6] (gewinn*|profit*|verdoppel*|investier*|signale|experte|"
        "expertin|reich)",
        "(investier*|verdoppel*) [0-6] (bitcoin|krypto|crypto|forex)",
        "(kredit|darlehen) [0-3] (ohne schufa|sofort|ohne bonität*)",
        "(follower|likes|abonnenten|klicks) [0-2] (kaufen|günstig|gratis)",
        "(viagra|cialis|potenzmittel|abnehmpillen|diätpillen|casino bonus|freispiele)",
        "(kostenlos|gratis|free) (iphone|ipad|gutschein|gutscheine|gift card*|giftcard*)",
        "(klick|klicke|klickt|klicken) (hier|jetzt|auf den link|auf meinen link|auf mein profil)",
        "(schau|schaut|guckt|besucht) [0-2] (auf|in) (mein|meinem|meinen) (profil|kanal|shop|bio)",
        "(schreib|schreibt|kontaktiert|kontaktiere|meldet) [0-3] (whatsapp|telegram)",
        "(click|tap) (here|the link|my profile|link in bio)",
        "(earn|make) [0-3] (dollars|money|000|0000) [0-4] (day|week|home|online)",
        "(dm|message|whatsapp) (me|us) (for|to|on) [0-5] (invest*|earn*|profit*|promo*)",
    ),
    *says(
        Label.SPAM,
        0.6,
        f"(nur heute|jetzt zugreifen|jetzt sichern|rabattcode|gutscheincode|% rabatt|super angebot*|top preise) "
        f"[0-9] {_LINK}",
        f"(billiger|günstiger|schnäppchen|gewinnspiel|gratis|kostenlos) [0-9] {_LINK}",
        "(teilt|teilen|verbreitet) [0-3] (das|es|überall|alle|alles)",
        f"(ganze|komplette|echte) wahrheit [0-4] {_LINK}",
        "(folgt|folge|abonniert|abonniere) (mir|meinem|uns) (für|kanal|auf|und|zurück)",
        unless=("(rezept|freude|erfahrung*|wissen|anleitung) [0-2] (teilt|teilen)",),
    ),
    *words(Label.SPAM, 0.5, "gewinnspiel* rabattcode* gutscheincode* werbecode* affiliate* dropshipping"),
)
