"""Every string of the interface, in English and Japanese."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

# Labels, tabs, buttons and placeholders: Gradio picks the browser's language itself.
LABELS: dict[str, dict[Language, str]] = {
    "tab.read": {"en": "Read", "ja": "読み取り"},
    "tab.about": {"en": "About", "ja": "使い方と解説"},
    "read.image": {"en": "Your handwriting", "ja": "手書きの画像"},
    "read.drop": {
        "en": "# Drop a photo or scan\nclick to choose, or paste it anywhere",
        "ja": "# 写真やスキャンをドロップ\nクリックで選択、貼り付けも可",
    },
    "read.other": {"en": "PDF, HEIC …", "ja": "PDF・HEIC など"},
    "read.lines": {"en": "What is on the image?", "ja": "画像の内容"},
    "read.lines.auto": {"en": "Whole page", "ja": "ページ全体"},
    "read.lines.single": {"en": "One line", "ja": "1行だけ"},
    "read.text": {"en": "Text", "ja": "読み取り結果"},
}

# Strings that the scripts of the page put together.
PAGE: dict[str, dict[Language, str]] = {
    "viewer.empty": {
        "en": "Drop an image of handwriting above, or pick an example.",
        "ja": "上に手書きの画像をドロップするか、例を選んでください。",
    },
    "viewer.nothing": {"en": "Nothing was read on this line.", "ja": "この行からは何も読み取れませんでした。"},
    "viewer.word": {"en": "“{word}”: {confidence} sure", "ja": "「{word}」の確信度 {confidence}"},
    "viewer.truth": {"en": "What was written", "ja": "実際に書かれている文"},
    "viewer.line": {"en": "Line {n} of {all}", "ja": "{all} 行中 {n} 行目"},
    "viewer.confidence": {"en": "Confidence", "ja": "確信度"},
    "viewer.doubt": {"en": "1 word to check", "ja": "要確認の単語 1 語"},
    "viewer.doubts": {"en": "{n} words to check", "ja": "要確認の単語 {n} 語"},
    "viewer.nodoubts": {"en": "No doubtful word", "ja": "疑わしい単語はありません"},
    "viewer.model": {"en": "Model", "ja": "モデル"},
    "viewer.precomputed": {"en": "Computed beforehand; to redo it:", "ja": "事前計算の結果です。再計算するには:"},
    "viewer.legend": {"en": "Confidence", "ja": "確信度"},
    "viewer.posterior": {"en": "Posterior", "ja": "事後確率"},
    "viewer.sure": {"en": "sure ≥ {p} %", "ja": "確実 ≥ {p} %"},
    "viewer.doubtful": {"en": "doubtful", "ja": "やや不確か"},
    "viewer.guess": {"en": "a guess < {p} %", "ja": "推測 < {p} %"},
    "viewer.sure.short": {"en": "sure", "ja": "確実"},
    "viewer.doubtful.short": {"en": "doubtful", "ja": "やや不確か"},
    "viewer.guess.short": {"en": "a guess", "ja": "推測"},
    "viewer.zoom": {"en": "Zoom", "ja": "拡大・縮小"},
    "viewer.smaller": {"en": "Zoom out", "ja": "縮小"},
    "viewer.larger": {"en": "Zoom in", "ja": "拡大"},
    "viewer.image": {"en": "Image", "ja": "画像"},
    "viewer.image.long": {
        "en": "The line, cut out of the image and straightened",
        "ja": "画像から切り出し、傾きを直した行",
    },
    "viewer.characters": {"en": "Characters", "ja": "文字"},
    "viewer.characters.long": {
        "en": "Characters of “{text}”. Left and right arrow keys walk, Enter pins, Escape lets go.",
        "ja": "「{text}」の文字。左右の矢印キーで移動、Enter で固定、Esc で解除します。",
    },
    "viewer.chip": {"en": "{text}, {confidence}", "ja": "{text}、{confidence}"},
    "viewer.space": {"en": "space", "ja": "空白"},
    "viewer.blank": {"en": "blank", "ja": "ブランク"},
    "viewer.blank.long": {
        "en": "Probability of the CTC blank, frame by frame: high between the letters.",
        "ja": "フレームごとの CTC ブランクの確率です。文字と文字のあいだで高くなります。",
    },
    "viewer.classes.long": {
        "en": "Posterior of each character class (rows) in each frame (columns); shade grows with the square root.",
        "ja": "各フレーム（列）での文字クラス（行）ごとの事後確率です。濃さは平方根に比例します。",
    },
    "viewer.ruler": {"en": "x, px", "ja": "x (px)"},
    "viewer.hint": {
        "en": "Point at the ink, a letter or a frame to see what the recogniser saw there. ← → walk the letters, a click pins one, Esc lets go.",
        "ja": "インク・文字・フレームを指すと、認識器がそこで何を見たかが分かります。← → で文字を移動、クリックで固定、Esc で解除します。",
    },
    "viewer.where": {"en": "Character {n} of {all}", "ja": "{all} 文字中 {n} 文字目"},
    "viewer.span": {
        "en": "frames {first}–{last} · x {from}–{to} px",
        "ja": "フレーム {first}–{last}・x {from}–{to} px",
    },
    "viewer.span1": {"en": "frame {first} · x {from}–{to} px", "ja": "フレーム {first}・x {from}–{to} px"},
    "viewer.frame": {
        "en": "Five best at frame {frame}, x = {x} px",
        "ja": "フレーム {frame}（x = {x} px）の上位 5 候補",
    },
    "page.title": {
        "en": "{n} lines found. Pick one to look inside.",
        "ja": "{n} 行を検出しました。行を選ぶと中身を見られます。",
    },
    "page.image": {"en": "The page with its numbered lines", "ja": "行に番号を付けたページ画像"},
    "gallery.title": {"en": "Or learn from an example", "ja": "例から学ぶ"},
    "gallery.face": {
        "en": "Rendered with the typeface {face}, not scanned",
        "ja": "書体 {face} で描画した画像です（スキャンではありません）",
    },
}

# Strings that Python puts together.
MESSAGES: dict[str, dict[Language, str]] = {
    "header.promise": {
        "en": "See what a handwriting recogniser sees.",
        "ja": "手書き文字認識が見ているものを、そのまま目で確かめる。",
    },
    "header.language": {"en": "日本語", "ja": "English"},
    "header.theme": {"en": "Light or dark", "ja": "明るい画面・暗い画面の切り替え"},
    "status.waiting": {"en": "Model loads on first use", "ja": "モデルは最初の利用時に読み込みます"},
    "status.loading": {"en": "Loading the model …", "ja": "モデルを読み込んでいます…"},
    "status.ready": {"en": "Ready: {model}", "ja": "準備完了: {model}"},
    "status.failed": {"en": "No model: {reason}", "ja": "モデルを読み込めません: {reason}"},
    "notice.loading": {
        "en": "The model is still loading, which happens once after a start. Your image is next.",
        "ja": "モデルを読み込んでいます（起動後に一度だけ必要です）。完了しだい、画像を読み取ります。",
    },
    "notice.reading": {"en": "Reading …", "ja": "読み取っています…"},
    "error.input": {"en": "{reason}", "ja": "画像を処理できませんでした。{reason}"},
    "notice.title": {"en": "Please note", "ja": "お知らせ"},
    "error.unexpected": {
        "en": "Sorry, something went wrong on our side; it has been logged. The last result is still here.",
        "ja": "申し訳ありません。内部でエラーが発生しました（記録済みです）。直前の結果はそのまま残っています。",
    },
    "details.title": {"en": "How it was read", "ja": "読み取りの内訳"},
    "details.confidence": {"en": "Confidence", "ja": "確信度"},
    "details.time": {"en": "Time", "ja": "所要時間"},
    "details.size": {"en": "Image", "ja": "画像"},
    "details.lines": {"en": "Lines", "ja": "行数"},
    "details.page": {"en": "Page", "ja": "ページ"},
    "details.pages": {
        "en": "{page} of {pages}; python -m hwr read and the API read them all",
        "ja": "全 {pages} ページ中 {page} ページ目（python -m hwr read と API は全ページを読みます）",
    },
    "details.model": {"en": "Model", "ja": "モデル"},
    "details.picked": {"en": "Picked", "ja": "選択中"},
    "details.second": {"en": "{n} s", "ja": "{n} 秒"},
    "details.steps": {"en": "{total}: {steps}", "ja": "{total}（{steps}）"},
    "details.step.prepare": {"en": "{n} evening out the light", "ja": "明るさの補正 {n}"},
    "details.step.network": {"en": "{n} in the network", "ja": "ネットワーク {n}"},
    "details.step.decode": {"en": "{n} decoding", "ja": "デコード {n}"},
    "details.step.other": {"en": "{n} {step}", "ja": "{step} {n}"},
    "details.pixels": {"en": "{width} × {height} px", "ja": "{width} × {height} px"},
    "details.nothing": {"en": "Nothing yet: click a letter.", "ja": "まだありません。文字をクリックしてください。"},
    "details.character": {
        "en": "“{text}”, character {n} of {all}, {confidence} sure, at frame {frame}",
        "ja": "「{text}」（{all} 文字中 {n} 文字目）、確信度 {confidence}、フレーム {frame}",
    },
    "details.frame": {"en": "frame {frame}, between the characters", "ja": "フレーム {frame}（文字の外）"},
    "about.nocard": {
        "en": "No model card was found beside the weights.",
        "ja": "重みと同じ場所にモデルカードが見つかりませんでした。",
    },
    "about.waiting": {
        "en": "The model card appears here once the model has loaded.",
        "ja": "モデルの読み込みが終わると、ここにモデルカードを表示します。",
    },
    "about.api": {"en": "From a program", "ja": "プログラムから使う"},
    "about.cli": {"en": "From the command line", "ja": "コマンドラインから使う"},
    "about.card": {"en": "The model", "ja": "モデルについて"},
    "footnote": {
        "en": "Runs on this machine: images stay here, no other host is asked, nothing is counted.",
        "ja": "処理はすべてこのマシンで行います。画像を外部に送らず、利用状況も収集しません。",
    },
}

# The guide of the About tab: heading, paragraphs, terms with their meaning.
Section = tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]
ABOUT: dict[Language, tuple[Section, ...]] = {
    "en": (
        (
            "How to read the line viewer",
            (
                "The recogniser cuts a line into narrow frames, from left to right. For every frame it gives a probability "
                "to each character and to the blank, “no character here”. The text is what remains when repeats are "
                "merged and blanks are dropped (CTC). Every view stands on the same axis: the pixels of your image.",
            ),
            (
                ("Text", "What was read. A dotted line marks words whose confidence is low; check those first."),
                ("Image", "The line as it was found in your image, straightened. A box marks the picked character."),
                (
                    "Characters",
                    "Each character under its ink. A thin line: sure. A thicker one: doubtful. Hatched: a guess.",
                ),
                ("Blank", "The probability of the blank. It falls where a character stands and is high between them."),
                (
                    "Classes",
                    "One row per character class, in the order of writing, one column per frame. A dark cell is a likely "
                    "character. Two dark cells above each other: the recogniser hesitated between the two.",
                ),
            ),
        ),
        (
            "Hands on",
            (),
            (
                (
                    "Point",
                    "at ink, a letter or a frame: it lights up everywhere, with the five best classes of the frame.",
                ),
                ("← →", "walk from letter to letter once the lanes have the focus; Home and End jump to the ends."),
                ("Click or Enter", "pins a character; Escape lets it go."),
                ("+ and −", "widen the frames; a long line scrolls sideways."),
            ),
        ),
        (
            "What confidence means",
            (
                "The probability that a character is right, after a temperature was fitted on validation lines. Of the "
                "characters shown with 90 %, about nine in ten should be right for writing like that of the training data. "
                "On writing of another kind it tends to be too optimistic.",
            ),
            (),
        ),
    ),
    "ja": (
        (
            "行ビューアの見方",
            (
                "認識器は行を左から右へ細い「フレーム」に区切り、フレームごとに各文字と「ブランク（文字なし）」の確率を出します。"
                "同じ文字の連続を一つにまとめ、ブランクを取り除いたものが読み取り結果です（CTC）。"
                "すべての表示は、元の画像のピクセルという同じ横軸に並んでいます。",
            ),
            (
                ("テキスト", "読み取った文です。確信度の低い単語には点線が付きます。まずそこを確認してください。"),
                ("画像", "画像から切り出し、傾きを直した行です。選んだ文字が枠で示されます。"),
                (
                    "文字",
                    "インクの真下に各文字を表示します。細い線は「確実」、太い線は「やや不確か」、斜線は「推測」です。",
                ),
                ("ブランク", "ブランクの確率です。文字のある場所で下がり、文字と文字のあいだで高くなります。"),
                (
                    "クラス",
                    "行は文字クラス（書かれた順）、列はフレームです。濃いほど確率が高く、上下に二つ濃いところがあれば、"
                    "認識器がその二つで迷ったことを示します。",
                ),
            ),
        ),
        (
            "操作",
            (),
            (
                ("指す", "インク・文字・フレームを指すと、すべての表示で該当箇所が光り、上位 5 候補が出ます。"),
                ("← →", "表示にフォーカスがあるとき、文字を順に移動します。Home と End で両端に移ります。"),
                ("クリック・Enter", "文字を固定します。Esc で解除します。"),
                ("＋ と −", "フレームの幅を変えます。長い行は横にスクロールします。"),
            ),
        ),
        (
            "確信度とは",
            (
                "その文字が正しい確率です。検証データで温度を合わせてあり、学習データに近い筆跡なら、90 % と表示された文字の"
                "およそ 10 文字中 9 文字が正しいはずです。異なる種類の筆跡では、実際より高めに出る傾向があります。",
            ),
            (),
        ),
    ),
}

# The sentences of InputError, which the core writes in English: pattern -> Japanese, `\1` as in re.sub.
ERRORS: tuple[tuple[str, str], ...] = (
    (r"No ink found.*", r"背景と区別できる文字が見つかりませんでした。"),
    (
        r"The line is (\d+) px long and (\d+) px high, too long.* at most (\d+) px\.",
        r"行が長すぎます（長さ \1 px、高さ \2 px）。\3 px 以下に分けてください。",
    ),
    (
        r"(.+) is not an image that can be .*",
        r"\1 は画像として開けません。PNG・JPEG・WebP・TIFF・HEIC などをお使いください。",
    ),
    (
        r"(.+) is damaged or cut off.*",
        r"\1 は壊れているか、途中で切れています。もう一度書き出すか、ダウンロードし直してください。",
    ),
    (r"(.+) is empty \(0 bytes\).*", r"\1 は空のファイルです（0 バイト）。もう一度アップロードしてください。"),
    (r"(.+) is larger than (\d+) MB.*", r"\1 は \2 MB を超えています。小さくするか、JPEG で保存し直してください。"),
    (
        r"(.+) has more than (\d+) million pixels.*",
        r"\1 は \2 百万画素を超えています。小さくして保存し直してください。",
    ),
    (
        r"(.+) is (\d+) x (\d+) px, more than (\d+) million pixels.*",
        r"\1（\2 × \3 px）は \4 百万画素を超えています。小さくして保存し直してください。",
    ),
    (
        r"(.+) is (\d+) x (\d+) px, too small.*",
        r"\1（\2 × \3 px）は文字を読むには小さすぎます。元の大きさの画像をお使いください。",
    ),
    (
        r"(.+) is a HEIC photo, which needs .*",
        r"\1 は HEIC 形式です。pillow-heif をインストールするか、JPEG で保存し直してください。",
    ),
    (
        r"(.+) is a PDF, which needs .*",
        r"\1 は PDF です。pypdfium2 をインストールするか、ページを PNG で保存し直してください。",
    ),
    (r"There is no model to read with: (.*)", r"読み取りに使うモデルがありません。\1"),
)


def text(key: str, language: Language, **values: Any) -> str:
    """The string of that key, its {fields} filled in. KeyError for a key that no table has."""
    for table in (MESSAGES, PAGE, LABELS):
        if key in table:
            return table[key][language].format(**values) if values else table[key][language]
    raise KeyError(key)


def translated_error(sentence: str, language: Language) -> str:
    """An InputError's sentence for the reader's language; unknown sentences keep their English after an introduction.

    >>> translated_error("No ink found: the image shows nothing.", "ja")
    '背景と区別できる文字が見つかりませんでした。'
    """
    if language == "en":
        return sentence
    for pattern, japanese in ERRORS:
        match = re.fullmatch(pattern, sentence, flags=re.DOTALL)
        if match:
            return match.expand(japanese)
    return text("error.input", language, reason=sentence)


def page_strings() -> dict[str, dict[str, str]]:
    """The table that travels to the page: language -> key -> string."""
    return {language: {key: value[language] for key, value in PAGE.items()} for language in LANGUAGES}


def label_translations() -> dict[str, dict[str, str]]:
    """The table for gr.I18n: language -> key -> string."""
    return {language: {key: value[language] for key, value in LABELS.items()} for language in LANGUAGES}


def choose_language(cookie: str | None, accept_language: str | None) -> Language:
    """The reader's language: what was chosen on the page, else the first of the browser's that we have, else English.

    >>> choose_language(None, "fr;q=0.9, ja-JP;q=0.8, en;q=0.5"), choose_language("en", "ja"), choose_language(None, None)
    ('ja', 'en', 'en')
    """
    for language in LANGUAGES:
        if cookie == language:
            return language
    weighted = []
    for position, part in enumerate((accept_language or "").split(",")):
        tag, _, rest = part.strip().partition(";")
        match = re.search(r"q=([0-9.]+)", rest)
        try:
            weighted.append((-(float(match.group(1)) if match else 1.0), position, tag.lower().split("-")[0]))
        except ValueError:
            continue
    for _, _, tag in sorted(weighted):
        for language in LANGUAGES:
            if tag == language:
                return language
    return "en"
