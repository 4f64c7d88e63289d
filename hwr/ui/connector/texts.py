"""What the Connector tab says."""

from __future__ import annotations

from hwr.sentences import Table

LABELS: Table = {
    "tab.connector": ("Connector", "コネクタ"),
    "connector.taps": ("Connectors side by side", "並べて見るコネクタ"),
    "connector.taps.how": (
        "Kind · layer that it reads. columns: the CNN’s features, the ink around a frame; lstm1, lstm2: the BiLSTM’s, which know the whole line.",
        "種類 · 読み出す層。columns は CNN の特徴（フレーム周辺のインクだけ）、lstm1・lstm2 は BiLSTM の出力（行全体の文脈を含む）です。",
    ),
    "connector.text": ("Text of the line", "行の文"),
    "connector.measure": ("Measure", "測定する"),
    "connector.compared.side": ("Recogniser taught", "認識器の学習"),
    "connector.compared.side.with": ("With the connector", "コネクタあり"),
    "connector.compared.side.without": ("Without", "コネクタなし"),
    "connector.compared.other": ("Without: which checkpoint", "「なし」のチェックポイント"),
}

PAGE: Table = {
    "connector.empty": (
        "Choose a connector and a line; its KL per token then stands here.",
        "コネクタと行を選ぶと、トークンごとの KL をここに表示します。",
    ),
    "connector.from.truth": (
        "The true text: the example says what is written.",
        "正解の文です（例題なので実際の文が分かっています）。",
    ),
    "connector.from.kept": (
        "The true text, as it was kept in the Read tab or in Annotate.",
        "正解の文です（「読み取り」か「注釈」で保存されたもの）。",
    ),
    "connector.from.reading": (
        "The recogniser’s own reading, since nobody has said what is written; type the true text above to compare with that.",
        "正解が分からないため、認識器自身の読み取り結果を使っています。正しい文が分かれば、上に入力してください。",
    ),
    "connector.by": ("read by {model}", "{model} による読み取り"),
    "connector.from.typed": ("The text that you typed.", "入力された文です。"),
    "connector.problem": ("The true text could not be used. {reason}", "正解の文は使えませんでした。{reason}"),
    "connector.precomputed": (
        "Computed beforehand; “Measure” does it anew for this line, this for all examples:",
        "事前計算の結果です。この行は「測定する」で、すべての例は次のコマンドで再計算できます:",
    ),
    "connector.unit": (
        "in nats, one scale for all rows; 0: the language model expects the same from the ink as from the text",
        "（単位 nat、すべての段で同じ目盛り）：0 なら、インクから読んでも文から読んでも言語モデルの予測は同じ",
    ),
    "connector.legend.bar": ("KL of a token", "トークンの KL"),
    "connector.legend.picked": ("picked", "選択中"),
    "connector.legend.cut": ("cut off: no position left", "位置が足りず切り捨て"),
    "connector.keys": (
        "KL per token. Left and right arrow keys walk from token to token, up and down from connector to connector.",
        "トークンごとの KL。左右の矢印キーでトークン、上下の矢印キーでコネクタを移動します。",
    ),
    "connector.bar.surrogate": (
        "After “{token}”: KL {kl} nats about the next token, “{target}”",
        "「{token}」の次のトークン「{target}」の予測：KL {kl} nat",
    ),
    "connector.bar.prefix": ("KL {kl} nats about “{target}”", "「{target}」の予測：KL {kl} nat"),
    "connector.legend.next": (
        "the next token, which the bar above the picked one is about",
        "次のトークン（選択中の棒が予測しているもの）",
    ),
    "connector.inside": ("Without the end of the line", "行末を除く"),
    "connector.terms.rest": ("all others", "その他すべて"),
    "connector.terms.sum": ("KL", "KL"),
    "connector.cut.long": (
        "This token has no position: the connector gives fewer embeddings than the text has tokens.",
        "コネクタの埋め込みの数がトークン数より少ないため、このトークンには位置がありません。",
    ),
    "connector.mean": ("mean {kl}", "平均 {kl}"),
    "connector.cut": ("{n} tokens cut off", "{n} トークン切り捨て"),
    "connector.cut.one": ("1 token cut off", "1 トークン切り捨て"),
    "connector.tokens": ("Tokens", "トークン"),
    "connector.tokens.long": (
        "The text as {lm} cuts it, each token under its ink (forced alignment); ␣ is a space.",
        "{lm} による分割です。各トークンはそのインクの下にあります（強制アラインメント）。␣ は空白です。",
    ),
    "connector.at.surrogate": (
        "At “{token}” ({frames}); the next token is “{target}”",
        "「{token}」（{frames}）の位置で予測する次のトークン：「{target}」",
    ),
    "connector.at.prefix": (
        "At “{token}” ({frames}), which is to be predicted",
        "「{token}」（{frames}）そのものの予測",
    ),
    "connector.frame": ("frame {from}", "フレーム {from}"),
    "connector.frames": ("frames {from}–{to}", "フレーム {from}–{to}"),
    "connector.line": (
        "Line {n} of {all}; pick another one on the Read tab.",
        "{all} 行中 {n} 行目（別の行は「読み取り」タブで選べます）",
    ),
    "connector.at.kl": (
        "KL {kl} nats for {kind} at {tap} of {checkpoint}, language model {lm}. Left: what the model expects after reading the text. Right: after reading the connector’s embeddings in place of it.",
        "KL {kl} nat（{checkpoint} の {tap}・{kind}、言語モデル {lm}）。左：文を読んだモデルの予測。右：文の代わりにコネクタの埋め込みを読んだモデルの予測。",
    ),
    "connector.true": ("the true next token", "正解のトークン"),
    "connector.reference": ("reference: reads the text", "参照：文を読む"),
    "connector.connector": ("connector: reads the ink", "コネクタ：インクを読む"),
    "connector.beyond": (
        "(below the dashed line where it is not among the likeliest)",
        "（上位に入っていないときは破線の下に示します）",
    ),
    "connector.terms": ("What makes up the KL", "KL の内訳"),
    "connector.terms.how": (
        "The largest terms q (log q − log p); q: the reference’s probability of a token, p: the connector’s. To the right: the reference expects the token more. To the left: the connector does. All tokens of the vocabulary together give the KL.",
        "絶対値の大きい項 q (log q − log p) です（q は参照、p はコネクタの確率）。右向きは参照のほうが、左向きはコネクタのほうが強く予測しています。語彙全体の合計が KL です。",
    ),
    "connector.terms.term": ("nats", "nat"),
    "connector.terms.pair": ("q → p", "q → p"),
    "connector.term.long": ("reference {q}, connector {p}", "参照 {q}、コネクタ {p}"),
    "connector.three": ("Three texts, token by token", "三つの出力をトークンごとに比べる"),
    "connector.three.how.surrogate": (
        "What the recogniser read on each token’s ink (CTC), the likeliest token after the connector’s embeddings up to there ({kind} at {tap}), and the likeliest after the true tokens up to there ({lm}). Marked: what is not the text’s token. Nothing predicts the first one.",
        "各トークンのインクから認識器が読んだ文字（CTC）、そこまでのコネクタの埋め込み（{tap} の {kind}）から最も確率の高いトークン、そこまでの正解トークンから最も確率の高いトークン（{lm}）です。文のトークンと違うところに印を付けました。最初のトークンを予測する位置はありません。",
    ),
    "connector.three.how.prefix": (
        "What the recogniser read on each token’s ink (CTC), the likeliest token after all of the connector’s embeddings and the true tokens before ({kind} at {tap}), and the likeliest after those tokens alone ({lm}). Marked: what is not the text’s token.",
        "各トークンのインクから認識器が読んだ文字（CTC）、コネクタの埋め込み全部（{tap} の {kind}）とそれまでの正解トークンから最も確率の高いトークン、正解トークンだけから最も確率の高いトークン（{lm}）です。文のトークンと違うところに印を付けました。",
    ),
    "connector.three.nothing": ("∅: nothing was read there.", "∅：何も読み取られていません。"),
    "connector.three.byte": (
        "é₁, é₂: the bytes of a character that the language model has no token for.",
        "é₁・é₂：言語モデルにトークンがない文字を構成する各バイト。",
    ),
    "connector.line.token": ("text", "文"),
    "connector.line.ctc": ("CTC output", "CTC 出力"),
    "connector.line.connector": ("LM head, connector", "LM ヘッド（コネクタ）"),
    "connector.line.reference": ("LM head, reference", "LM ヘッド（参照）"),
    "connector.end": ("end", "終わり"),
    "connector.unpredicted": ("No position speaks of this token.", "このトークンを予測する位置はありません。"),
    "connector.right": ("the same as in the text", "文と同じ"),
    "connector.wrong": ("the text has “{token}”", "文では「{token}」"),
}

TEXTS: Table = {
    "connector.no_checkpoint": (
        "There is no checkpoint with connectors here; train one with --connector KIND:TAP:WEIGHT.",
        "コネクタ付きのチェックポイントがありません。--connector KIND:TAP:WEIGHT で学習してください。",
    ),
    "connector.no_model": (
        "There is no model with connectors {model!r} here; there are {offered}.",
        "コネクタ付きのモデル {model!r} はありません。あるのは {offered} です。",
    ),
    "connector.no_line": (
        "The image has the lines 1 to {lines}, no line {line!r}.",
        "画像の行は 1 から {lines} までで、{line!r} 行目はありません。",
    ),
    "connector.gone": (
        "There is no connector {id!r} here (any more); choose another one.",
        "コネクタ {id!r} は（もう）ありません。別のものを選んでください。",
    ),
    "connector.other_lines": (
        "{model} finds {found} lines on this image where the reading has {lines}; read the image with {model} in the Read tab first.",
        "{model} はこの画像から {found} 行を見つけましたが、表示中の読み取りは {lines} 行です。先に「読み取り」タブで {model} を使って読み取ってください。",
    ),
    "connector.which": ("The line is read here by", "この行を読むモデル："),
    "connector.which.same": ("the model of the Read tab", "「読み取り」タブと同じモデル"),
    "connector.which.read": ("the model of the Read tab is", "「読み取り」タブのモデル："),
    "connector.which.none": (
        "trained without a connector, so there is nothing of it to measure",
        "コネクタなしで学習したため、測定できるものがありません",
    ),
    "connector.which.chosen": (
        "it has connectors, too; choose them above to measure it",
        "このモデルにもコネクタがあり、上で選ぶと測定できます",
    ),
    "connector.broken": (
        "A checkpoint or its language model cannot be loaded; the reason is in the log.",
        "チェックポイントかその言語モデルを読み込めません。理由はログにあります。",
    ),
    "connector.title": (
        "What does the language model hear from the ink?",
        "言語モデルはインクから何を受け取っているか",
    ),
    "connector.how": (
        "A connector turns what the recogniser sees into embeddings, which a frozen language model reads in place of the text. For every token, KL(reference || connector) says how far its expectation of the next token is from what it expects when it reads the true text: 0 means the ink says it all. Click a bar or a token, or walk with the arrow keys.",
        "コネクタは認識器が見たものを埋め込みに変え、凍結した言語モデルが文の代わりにそれを読みます。KL(reference || connector) は、次のトークンの予測が、正しい文を読んだときの予測からどれだけ離れているかをトークンごとに示します。0 ならインクだけで十分です。棒やトークンをクリックするか、矢印キーで移動してください。",
    ),
    "connector.none.title": (
        "There is no checkpoint with connectors yet",
        "コネクタ付きのチェックポイントがまだありません",
    ),
    "connector.none.how": (
        "Train one; it then appears here by itself, as does a directory that HWR_MODEL names. KIND:TAP:WEIGHT says which connector reads which tap ({kinds}); give several to compare attach points.",
        "次のように学習すると、自動でここに現れます。HWR_MODEL で指定したディレクトリも同様です。KIND:TAP:WEIGHT は、どのコネクタをどの層につなぐかを表します（{kinds}）。複数指定すると、つなぐ場所を比べられます。",
    ),
    "connector.choose": (
        "No connector is chosen; choose at least one above.",
        "コネクタが選ばれていません。上で一つ以上選んでください。",
    ),
    "connector.nothing": (
        "Read an image first; its line then stands here.",
        "先に画像を読み取ってください。その行をここに表示します。",
    ),
    "connector.compared.title": ("With and without the connector", "コネクタの有無で読みはどう変わるか"),
    "connector.compared.how": (
        "Both are recognisers alone. A connector teaches during training only: reading never loads it, nor the language model, so it costs nothing when a line is read, and its files can be deleted. The switch says whose reading is drawn below.",
        "どちらも認識器だけで読んでいます。コネクタは学習時だけに使い、読み取り時にはコネクタも言語モデルも読み込みません。読み取りの負担は増えず、コネクタのファイルは消しても構いません。下に描く読みをスイッチで選べます。",
    ),
    "connector.compared.with": ("With the connector", "コネクタあり"),
    "connector.compared.without": ("Without", "コネクタなし"),
    "connector.compared.nothing": ("(nothing was read)", "（何も読み取れませんでした）"),
    "connector.compared.same": ("Both read the same.", "どちらも同じ読みです。"),
    "connector.compared.differ": ("Marked: where each differs from the other.", "互いに違うところに印を付けました。"),
    "connector.compared.marked": (
        "Marked: where each differs from what was written. One line proves nothing; the tables below are measured on many.",
        "実際の文と違うところに印を付けました。1 行だけでは何も言えません。多くの行での測定は下の表にあります。",
    ),
    "connector.compared.examples": (
        "{n} lines of the examples that the two read differently; pick one",
        "二つの読みが異なる例題の行（{n} 行）から選ぶ",
    ),
    "connector.compared.sure": ("{confidence} sure", "確信度 {confidence}"),
    "connector.compared.errors": ("character errors: {n}", "文字誤り {n}"),
}
