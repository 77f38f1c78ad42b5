"""Short neutral texts that share no word with any query: the documents among which a lexical row looks for its own."""

QUIET = [
    "The gardener waters roses before breakfast.",
    "Two clouds drifted over the silent meadow.",
    "A baker sold warm rolls near the bridge.",
    "Her cousin paints landscapes on Sundays.",
    "Der Bäcker öffnet morgens seine Tür, und die Katze schläft noch.",
    "Le jardinier arrose des tulipes pendant que sa sœur dort.",
    "Il gatto dorme sul tappeto mentre nevica.",
    "庭に白い猫がいて、犬は眠っている。",
    "ベランダでコーヒーを飲む朝です。",
    "القطة تنام قرب النافذة والمطر ينزل",
    "Кошка спит у окна, а дождь идёт.",
    "고양이는 창가에서 잠을 잔다.",
]


def documents():
    return [{"id": f"quiet-{number}", "text": text} for number, text in enumerate(QUIET)]
