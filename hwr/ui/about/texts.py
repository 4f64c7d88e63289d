"""The guide of the About tab, in English and Japanese."""

from __future__ import annotations

from hwr.sentences import Language, Table

# Heading, paragraphs, terms with their meaning.
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
            "How to compare two models",
            (
                "The menus above the viewer list the built-in models and the checkpoints of every run. The one that is chosen "
                "reads what is shown, and the other tabs look into that one. A second one beside it reads the same image.",
            ),
            (
                ("Marked", "Where the chosen model reads otherwise than the one that it is compared with."),
                (
                    "Fixed, broken",
                    "Words that only the chosen model reads right, and words that only the other does. Counted where it is "
                    "known what is written, as in the examples.",
                ),
            ),
        ),
        (
            "How to read the Decode tab",
            (
                "Instead of one text, the recogniser gives a list of likely ones. Each is scored by the image (the exact CTC "
                "score), by a language model, by a character n-gram and by its length; the weighted sum decides. Drag a "
                "weight and the list is ranked anew at once.",
            ),
            (
                ("Greedy", "What the recogniser reads by itself; rows mark how they differ from it."),
                ("Bars", "Why a row lost to the chosen one. Right of the line: against it. Left: for it."),
                ("Best in list", "On examples: the row closest to what is written, the most that ranking could win."),
                (
                    "α, γ, β",
                    "The weights of language model, n-gram and length. With all three 0, the greedy text stands.",
                ),
            ),
        ),
        (
            "How to read the Connector tab",
            (
                "A connector was trained to turn what the recogniser sees into embeddings that a frozen language model can read. "
                "The bars say, token by token, how far the model’s expectation of the next token is from what it expects of "
                "the text itself.",
            ),
            (
                ("KL", "KL(reference || connector) in nats. 0: the ink tells the model as much as the text does."),
                ("Mirror", "Left the likeliest tokens for the reference, right for the connector; ✓ is the true one."),
                ("Three texts", "CTC output, LM head on the connector, LM head on the text; marked where they differ."),
                ("With, without", "Two recognisers that read alone; only their training differed."),
            ),
        ),
        (
            "How to read the Receptive field tab",
            (
                "It follows the letter that is picked in Read. A layer could see what lies in the box; what it used is the heat, "
                "the absolute gradient of its features or of the letter’s logit by each pixel. Convolutions see a window, a "
                "BiLSTM the whole line; the widths say how much of it matters.",
            ),
            (
                ("Widths", "The window around the frame that holds 50, 90 and 95 % of the heat."),
                ("Table", "How kernel, stride and jump add up to the field, read off the network’s own modules."),
                (
                    "Gates",
                    "Input, forget and output gate, candidate, cell and hidden state of every unit, frame by frame.",
                ),
                ("AUC", "How often a unit is higher at a character than at a blank. 0.5: it tells nothing."),
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
            "2 つのモデルの比べ方",
            (
                "ビューアの上のメニューには、内蔵モデルと、すべての学習のチェックポイントが並びます。選んだモデルが表示中の画像を"
                "読み取り、ほかのタブもそのモデルの中身を示します。もう一つ選ぶと、同じ画像を両方で読み取って比べます。",
            ),
            (
                ("印", "選んだモデルの読み取りが、比較相手と違うところです。"),
                (
                    "改善・悪化",
                    "選んだモデルだけが正しく読めた単語と、比較相手だけが正しく読めた単語の数です。例題のように、実際の文が"
                    "分かっている場合にだけ数えます。",
                ),
            ),
        ),
        (
            "デコードタブの見方",
            (
                "認識器は一つの文だけでなく、ありそうな文の一覧を出せます。各候補には、画像（CTC の厳密な点数）・言語モデル・"
                "文字 n-gram・文字数の点数が付き、その重み付き和が最大の文を採用します。重みを動かすと、すぐに並べ替わります。",
            ),
            (
                ("greedy", "認識器だけで読んだ文です。各候補には、これとの違いが示されます。"),
                ("棒", "候補が採用された文に負けた理由です。縦線の右は不利な分、左は有利な分を表します。"),
                ("正解に最も近い", "例題では、実際の文に最も近い候補が分かります。並べ替えで得られる上限です。"),
                ("α・γ・β", "言語モデル・n-gram・文字数の重みです。すべて 0 なら greedy の文を採用します。"),
            ),
        ),
        (
            "コネクタタブの見方",
            (
                "コネクタは、認識器が見たものを、凍結した言語モデルが読める埋め込みに変えるように学習されています。"
                "棒は、次のトークンの予測が、文そのものを読んだときの予測からどれだけ離れているかをトークンごとに示します。",
            ),
            (
                ("KL", "KL(reference || connector)、単位は nat です。0 ならインクが文と同じだけ伝えています。"),
                ("左右の棒", "左が参照、右がコネクタで、確率の高いトークンです。✓ が正解のトークンです。"),
                ("三つの文", "CTC 出力、コネクタの LM ヘッド出力、参照の LM ヘッド出力です。違いに印が付きます。"),
                ("あり・なし", "どちらも単独で読む認識器で、学習のしかただけが違います。"),
            ),
        ),
        (
            "受容野タブの見方",
            (
                "読み取りタブで選んだ文字を対象にします。枠はその層から見える範囲、色は実際に使った場所です（各ピクセルに対する、"
                "層の特徴または文字のロジットの勾配の絶対値）。畳み込みは窓の中だけ、BiLSTM は行全体を見ます。"
                "実際にどこまで影響するかは幅の数値が示します。",
            ),
            (
                ("幅", "フレームを中心に、影響の 50・90・95 % を含む範囲です。"),
                (
                    "表",
                    "カーネル・ストライド・間隔から受容野が決まる過程です。ネットワークのモジュールから計算します。",
                ),
                (
                    "ゲート",
                    "各ユニットの入力・忘却・出力ゲート、候補情報、セル状態、隠れ状態をフレームごとに示します。",
                ),
                ("AUC", "ブランクより文字で値が高くなる割合です。0.5 なら区別していません。"),
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

LABELS: Table = {
    "tab.about": ("About", "使い方と解説"),
}

TEXTS: Table = {
    "about.nocard": (
        "No model card was found beside the weights.",
        "重みと同じ場所にモデルカードが見つかりませんでした。",
    ),
    "about.waiting": (
        "The model card appears here once the model has loaded.",
        "モデルの読み込みが終わると、ここにモデルカードを表示します。",
    ),
    "about.api": ("From a program", "プログラムから使う"),
    "about.cli": ("From the command line", "コマンドラインから使う"),
    "about.card": ("The model", "モデルについて"),
}
