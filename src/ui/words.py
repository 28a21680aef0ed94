"""The pages' own texts in French; in English they say what stands in the code.

What the service answers (names, reasons) comes in the language that it is asked for, and what it
says of itself (problems, drift, the model card) in English.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.schema import Language

FRENCH: Final[Mapping[str, str]] = {
    # The frame
    "Predict": "Prédire",
    "What if": "Et si",
    "Six against six": "Six contre six",
    "Pokédex": "Pokédex",
    "Pokémon": "Pokémon",
    "Moves": "Capacités",
    "Types": "Types",
    "Model": "Modèle",
    "Drift": "Dérive",
    "Model {version} answers": "Le modèle {version} répond",
    "No predictions now": "Aucune prédiction en ce moment",
    "The service is away": "Le service ne répond pas",
    "Overview": "Vue d'ensemble",
    "API performance": "Performance de l'API",
    "Model performance": "Performance du modèle",
    "Production data": "Données de production",
    "These and the links to traces need Grafana, which Docker Compose brings.": "Ces liens et ceux"
    " vers les traces demandent Grafana, fourni par Docker Compose.",
    # Trouble
    "Try again": "Réessayer",
    "Try again in {seconds} s.": "Réessayez dans {seconds} s.",
    "Its trace": "Sa trace",
    "**The service does not answer.** `make run` starts it; `dexwatch doctor` says how it is. The"
    " pages look for it at `DEXWATCH_API_URL`, or here at `DEXWATCH_PORT`.": "**Le service ne"
    " répond pas.** `make run` le démarre ; `dexwatch doctor` indique son état. Les pages le"
    " cherchent à l'adresse `DEXWATCH_API_URL`, ou ici au port `DEXWATCH_PORT`.",
    "**What answers is not this release of Dexwatch.** `DEXWATCH_API_URL` says where the pages"
    " look for it.": "**Ce qui répond n'est pas cette version de Dexwatch.** `DEXWATCH_API_URL`"
    " dit où les pages le cherchent.",
    "{count} of {total} questions have no answer: **{title}** ({status}). Ask again in a"
    " moment.": "{count} questions sur {total} restent sans réponse : **{title}** ({status})."
    " Redemandez dans un instant.",
    "**The key for feedback cannot be read.** Look at the file that `DEXWATCH_FEEDBACK_KEY_FILE`"
    " names.": "**La clé pour les retours ne peut pas être lue.** Voyez le fichier indiqué par"
    " `DEXWATCH_FEEDBACK_KEY_FILE`.",
    # Choosing
    "A, who attacks": "A, qui attaque",
    "B, the foe": "B, l'adversaire",
    "A's moves": "Capacités de A",
    "B's moves": "Capacités de B",
    "Choose moves": "Choisir des capacités",
    "Choose up to six": "En choisir jusqu'à six",
    "Also moves that A cannot learn": "Aussi les capacités que A ne peut pas apprendre",
    "I know B's moves": "Je connais les capacités de B",
    # Predict
    "Which move should A use against B?": "Quelle capacité A doit-il utiliser contre B ?",
    "Open with": "Commencer par",
    "A wins": "A gagne",
    "Answered by model {version}.": "Réponse du modèle {version}.",
    "power {power}": "puissance {power}",
    "same-type bonus": "bonus de type (STAB)",
    "priority {priority}": "priorité {priority}",
    "A cannot learn it": "A ne peut pas l'apprendre",
    "no effect": "aucun effet",
    "super effective {times}": "super efficace {times}",
    "not very effective {times}": "peu efficace {times}",
    "By now model {version} answers: these are its reasons.": "Le modèle {version} répond"
    " désormais : voici ses raisons.",
    "The trace of this prediction": "La trace de cette prédiction",
    "Why": "Pourquoi",
    "Who won?": "Qui a gagné ?",
    "Tell it when A has opened with the recommended move.": "À dire si A a commencé par la"
    " capacité recommandée.",
    "A won": "A a gagné",
    "B won": "B a gagné",
    "Draw": "Match nul",
    "Thank you, it is noted: {winner}.": "Merci, c'est noté : {winner}.",
    # What if
    "What if A knew another move?": "Et si A connaissait une autre capacité ?",
    "Moves that A keeps": "Capacités que A garde",
    "Try every other move": "Essayer toutes les autres capacités",
    "A wins with what it has": "A gagne avec ce qu'il a",
    "opens with it": "commence par elle",
    "Move": "Capacité",
    "Type": "Type",
    "Gain": "Gain",
    # Teams
    "Your team": "Votre équipe",
    "Their team": "Leur équipe",
    "Moves of your team": "Capacités de votre équipe",
    "Play all duels": "Jouer tous les duels",
    "How likely each of yours (rows) is to beat each of theirs, and with which move.": "La"
    " probabilité que chacun des vôtres (lignes) batte chacun des leurs, et avec quelle capacité.",
    "Whom to send": "Qui envoyer",
    "{theirs}: **{ours}** with {move}, {share}": "{theirs} : **{ours}** avec {move}, {share}",
    "{theirs}: not known": "{theirs} : inconnu",
    "Won of all duels": "Duels gagnés en tout",
    "Won of the duels that are known": "Gagnés parmi les duels connus",
    # Pokédex, moves and types
    "Stats at level 50": "Stats au niveau 50",
    "What hits it": "Ce qui le touche",
    "Moves it can learn": "Capacités qu'il peut apprendre",
    "level {level}": "niveau {level}",
    "on evolving": "en évoluant",
    "{way} as {form}": "{way} en tant que {form}",
    "TM": "CT",
    "tutor": "maître",
    "gift": "cadeau",
    "Stat": "Stat",
    "Level 50": "Niveau 50",
    "Base": "Base",
    "HP": "PV",
    "Attack": "Attaque",
    "Defense": "Défense",
    "Special attack": "Attaque spéciale",
    "Special defense": "Défense spéciale",
    "Speed": "Vitesse",
    "Power": "Puissance",
    "Accuracy": "Précision",
    "PP": "PP",
    "Damage": "Dégâts",
    "Attacks of type": "Attaques de type",
    "Find a move": "Chercher une capacité",
    "All of them": "Toutes",
    "{count} moves": "{count} capacités",
    "{count} Pokémon can learn it": "{count} Pokémon peuvent l'apprendre",
    "physical": "physique",
    "special": "spéciale",
    "status": "statut",
    "hits {least} to {most} times": "touche de {least} à {most} fois",
    "heals {share} % of the damage": "rend en PV {share} % des dégâts infligés",
    "costs {share} % of the damage": "coûte en PV {share} % des dégâts infligés",
    "heals {share} % of all HP": "rend {share} % des PV",
    "{effect}: {chance} %": "{effect} : {chance} %",
    "{target}: {stages} ({chance} %)": "{target} : {stages} ({chance} %)",
    "burn": "brûlure",
    "paralysis": "paralysie",
    "poison": "poison",
    "bad poison": "poison grave",
    "sleep": "sommeil",
    "freeze": "gel",
    "burn, freeze or paralysis": "brûlure, gel ou paralysie",
    "confusion": "confusion",
    "flinch": "apeurement",
    "trap": "piège",
    "Leech Seed": "Vampigraine",
    "Disable": "Entrave",
    "Encore": "Encore",
    "Taunt": "Provoc",
    "drowsiness": "somnolence",
    "the user": "le lanceur",
    "the foe": "l'adversaire",
    "Evasion": "Esquive",
    "always a critical hit": "toujours un coup critique",
    "strikes with the foe's own attack": "frappe avec l'attaque de l'adversaire",
    "knocks the user out": "met son lanceur K.O.",
    "hurts the user if it misses": "blesse son lanceur si elle échoue",
    "takes a turn to get ready": "demande un tour de préparation",
    "hides the user while it gets ready": "met son lanceur hors d'atteinte pendant la préparation",
    "costs the user its next turn": "coûte à son lanceur le tour suivant",
    "lasts two or three turns, then confuses the user": "dure deux ou trois tours puis rend son"
    " lanceur confus",
    "fails unless the foe sleeps": "échoue si l'adversaire ne dort pas",
    "works in the first turn only": "ne marche qu'au premier tour",
    "fails unless the foe attacks": "échoue si l'adversaire n'attaque pas",
    "is a powder": "est une poudre",
    "is a sound": "est un son",
    "thaws the user": "dégèle son lanceur",
    "Rows attack, columns defend; what is left empty is ×1.": "Les lignes attaquent, les colonnes"
    " défendent ; une case vide vaut ×1.",
    "It attacks": "Il attaque",
    "It is attacked by": "Il est attaqué par",
    # Model
    "Version": "Version",
    "Trained": "Entraîné",
    "Games learnt from": "Parties d'entraînement",
    "Features": "Variables",
    "Four known moves each": "Quatre capacités connues chacun",
    "B's moves not known": "Capacités de B inconnues",
    "One to three moves": "Une à trois capacités",
    "Five to twenty moves": "Cinq à vingt capacités",
    "Moves that A cannot learn": "Capacités que A ne peut pas apprendre",
    "With mega forms": "Avec des méga-formes",
    "With status moves": "Avec des capacités de statut",
    "Moves learnt by level": "Capacités apprises par niveau",
    "How good it is": "Ce qu'il vaut",
    "On matchups that training never saw, by kind of question.": "Sur des duels jamais vus à"
    " l'entraînement, par sorte de question.",
    "Question": "Question",
    "Best move found": "Meilleure capacité trouvée",
    "Wins given away": "Victoires perdues",
    "Brier score": "Score de Brier",
    "Calibration error": "Erreur de calibration",
    "Calibration": "Calibration",
    "Of battles predicted at 70 %, A should win 70 %. Each point stands for a tenth of the scale,"
    " larger for more battles; on the line is right.": "A devrait gagner 70 % des combats prédits à"
    " 70 %. Chaque point réunit une tranche de 10 %, plus gros s'il y a davantage de combats ; sur"
    " la diagonale, le modèle dit juste.",
    "On matchups that training never saw": "Sur des duels jamais vus à l'entraînement",
    "This model was released without it.": "Ce modèle a été publié sans elle.",
    "Where somebody told the winner": "Là où un vainqueur a été signalé",
    "Nobody has told a winner to this model yet.": "Aucun vainqueur n'a encore été signalé pour ce"
    " modèle.",
    "The model card": "La fiche du modèle",
    "predicted": "prédit",
    "won": "gagné",
    # Drift
    "No predictions to look at yet": "Pas encore de prédictions à regarder",
    "Too few predictions for a verdict": "Trop peu de prédictions pour un verdict",
    "Nothing to compare with": "Rien à quoi comparer",
    "Nothing has moved": "Rien n'a bougé",
    "Something has moved": "Quelque chose a bougé",
    "The database is away: a newer report may exist than is shown.": "La base de données ne répond"
    " pas : il existe peut-être un rapport plus récent.",
    "There is no report yet; the worker makes one every minute.": "Pas encore de rapport ; le"
    " worker en fait un chaque minute.",
    "{count} predictions": "{count} prédictions",
    "Win probabilities that are answered": "Probabilités de victoire données en réponse",
    "training": "entraînement",
    "production": "production",
    "Features that moved most": "Variables qui ont le plus bougé",
    "Feature": "Variable",
    "moved": "a bougé",
    "What feedback says": "Ce que disent les retours",
    "Battles": "Combats",
    "Predicted": "Prédit",
    "Won": "Gagné",
    "Captured predictions": "Prédictions capturées",
    "{count} predictions wait for their file.": "{count} prédictions attendent leur fichier.",
    "The loop": "La boucle",
    "No cycle to replace the model is under way.": "Aucun cycle de remplacement du modèle n'est en"
    " cours.",
    "A cycle is under way.": "Un cycle est en cours.",
    "A cycle has begun: battles are played and a candidate is trained.": "Un cycle a commencé : des"
    " combats sont joués et un candidat est entraîné.",
    "A candidate is scored beside the model on live traffic.": "Un candidat est évalué en"
    " parallèle du modèle, sur le trafic réel.",
    "A new model serves and is watched.": "Un nouveau modèle est en service, sous surveillance.",
    "request": "demande",
    "label": "étiquetage",
    "train": "entraînement",
    "register": "enregistrement",
    "shadow": "évaluation en parallèle",
    "gate": "contrôle",
    "promote": "mise en service",
    "watch": "surveillance",
    "rollback": "retour en arrière",
    "end": "fin",
    "done": "fait",
    "passed": "réussi",
    "refused": "refusé",
    "worse": "moins bon",
    "failed": "échoué",
    "cancelled": "annulé",
    "Step": "Étape",
    "Outcome": "Issue",
    "Times": "Fois",
    "Production data in Grafana": "Les données de production dans Grafana",
    "The loop in Grafana": "La boucle dans Grafana",
}


def say(text: str, language: Language, /, **values: object) -> str:
    """Put a text into a language and values into its braces."""
    said = FRENCH.get(text, text) if language == "fr" else text
    return said.format(**values) if values else said
