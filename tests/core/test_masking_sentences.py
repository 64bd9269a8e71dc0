"""Masking in what people really write.

Labelled before the rules for spelled numbers and WeChat ids were made: the rules of then hid 26 of the 35 that are
private here, and nothing else.
"""

import pytest

from wdj.core.privacy import mask

# (sentence, the digits or letters that nobody may read any more). All numbers are invented.
PRIVATE = [
    ("我是三组老王，电话13800000001，晚上打。", "13800000001"),
    ("有消息打 １３８００００００１２ 找我婆", "１３８００００００１２"),
    ("联系人刘大姐 138 0000 0013", "138 0000 0013"),
    ("打138-0000-0014，白天在地里听不见", "138-0000-0014"),
    ("手机138.0000.0015不通就打我女子的", "138.0000.0015"),
    ("电话：1 3 8 0 0 0 0 0 0 1 6", "1 3 8 0 0 0 0 0 0 1 6"),
    ("电话 1-3-8-0-0-0-0-0-0-1-7", "1-3-8-0-0-0-0-0-0-1-7"),
    ("138 00 00 00 18 随时打", "138 00 00 00 18"),
    ("号码一三八零零零零零零一九，老人机", "一三八零零零零零零一九"),
    ("幺三八零零零零零零二零是我儿子的", "幺三八零零零零零零二零"),
    ("我的号一三八〇〇〇〇〇〇二一", "一三八〇〇〇〇〇〇二一"),
    ("电话+86 138-0000-0022", "138-0000-0022"),
    ("（13800000023）收椒的贩子", "13800000023"),
    ("贩子叫老马13800000024压秤", "13800000024"),
    ("两口子就一个号13900000026都能接", "13900000026"),
    ("13800000027这个人天天发广告", "13800000027"),
    ("打13800000028元旦以后再打", "13800000028"),
    ("座机0917-000-0021没人接就打13800000029", "13800000029"),
    ("手机号是138　0000　0030", "138　0000　0030"),
    ("138—0000—0031", "138—0000—0031"),
    ("拨013800000032", "013800000032"),
    ("微信就是手机号13800000033", "13800000033"),
    ("我微信号lihua_sjs88，加一下", "lihua_sjs88"),
    ("微信：wangdage1975", "wangdage1975"),
    ("加微信 hongle-pepper 看照片", "hongle-pepper"),
    ("身份证610330190001010007查一下低保", "610330190001010007"),
    ("身份证号 610330 19480930 0048", "610330 19480930 0048"),
    ("我婆身份证61033019500512002X", "61033019500512002X"),
    ("证号６１０３３０１９５００５１２００２Ｘ", "６１０３３０１９５００５１２００２Ｘ"),
    ("610330-19480930-0048 是户主", "610330-19480930-0048"),
    ("老身份证610330480930004还能用吗", "610330480930004"),
    ("一卡通6217000000000006没到账", "6217000000000006"),
    ("卡号 6217 0000 0000 0006", "6217 0000 0000 0006"),
    ("信用社卡6230000000000000007补贴没进", "6230000000000000007"),
    ("卡6222-0000-0000-0000-004", "6222-0000-0000-0000-004"),
]
PUBLIC = [
    "合作社今年卖了13800138000元，分红啥时候",
    "村上的代码610330110219写错了",
    "2026年4月18日报的灾，到现在没人来",
    "快递单号773000000000001查不到",
    "订单202604181234567890退不了",
    "村委会电话0917-000-0021没人接",
    "值班（0917）000 0022",
    "车牌陕C12345停在路口",
    "陕C·D12345挡了路",
    "打119、120、110都记住了",
    "打12345问过，叫等着",
    "95598说下午来电",
    "客服400-000-0000推三阻四",
    "二〇二六年四月十八日下的霜",
    "一共一二三四五六七八九十户",
    "花椒一三五逢集",
    "从一九九八年种到现在",
    "三千五百六十二元补贴",
    "欠我工钱13800元",
    "一亩300株，5亩1500株，每株2.5元",
    "邮编721700",
    "海拔1380米到1500米",
    "东经106.516北纬33.912",
    "统一社会信用代码91610330MA00000000",
    "文号凤政发〔2026〕13号",
    "表号6103300001234567890123",
    "身份证编号位数不对：61033019000101000",
    "1 户 2 人 3 亩 4 组 5 天",
    "比分1-3-8，得了第二",
    "9:20-12:00停电，138户",
    "微信群里说了三回",
    "微信公众号和微党建都发了",
    "加微信支付的二维码",
    "QQ群早不用了",
    "水费单号20260418000138",
    "第138号椒园0001区",
    "发票26610000000012345678",
    "年产1.38亿元",
    "一三八小组的人都知道",
    "138 0000 户没有这么多",
]


def hides(sentence: str, private: str) -> bool:
    """True if what is private cannot be read any more and everything around it can."""
    shown = mask(sentence)
    start = sentence.index(private)
    around = shown[:start] + shown[start + len(private) :]
    return private not in shown and around == sentence[:start] + sentence[start + len(private) :]


@pytest.mark.parametrize(("sentence", "private"), PRIVATE)
def test_what_is_private_is_hidden_and_nothing_beside_it(sentence: str, private: str) -> None:
    assert hides(sentence, private), mask(sentence)


@pytest.mark.parametrize("sentence", PUBLIC)
def test_what_only_looks_like_it_stays(sentence: str) -> None:
    assert mask(sentence) == sentence


def test_precision_and_recall() -> None:
    assert len(PRIVATE) + len(PUBLIC) >= 60
    right = sum(private not in mask(sentence) for sentence, private in PRIVATE)
    wrong = sum(mask(sentence) != sentence for sentence in PUBLIC)
    precision, recall = right / (right + wrong), right / len(PRIVATE)
    print(f"{len(PRIVATE) + len(PUBLIC)} sentences: precision {precision:.3f}, recall {recall:.3f}")
    assert min(precision, recall) >= 0.99
