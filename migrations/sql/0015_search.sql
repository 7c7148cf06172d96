-- Fold text for search and conditions: what looks the same, or is the same name written otherwise, becomes one. ASCII
-- stands for itself in lower case, so that a folded text folds to itself and plain text needs no more than lower().
--
-- Only comparing uses this; what is stored and shown stays as it was written.
CREATE OR REPLACE FUNCTION search_fold(input text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $fold$
DECLARE
  folded text := input;
BEGIN
  IF octet_length(folded) = length(folded) THEN
    RETURN lower(folded);
  END IF;
  -- Marks without width or form: soft hyphen, fillers, zero-width characters, direction marks, variation selectors.
  IF folded ~ '[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u2800\u3164\uFE00-\uFE0F\uFEFF\uFFA0\U000E0100-\U000E01EF]' THEN
    folded := regexp_replace(folded, '[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u2800\u3164\uFE00-\uFE0F\uFEFF\uFFA0\U000E0100-\U000E01EF]', '', 'g');
  END IF;
  -- Voicing marks that stand alone belong to the kana before; an accent that stands alone is an apostrophe.
  folded := lower(normalize(translate(folded, U&'\309B\309C\00B4', U&'\3099\309A'''), NFKC));
  -- Katakana become hiragana, ヰ and ヱ the kana of their sound, ヵ and ヶ their full size. Dashes (with the mark for long
  -- vowels), waves, apostrophes, quotation marks and middle dots become one of each.
  folded := translate(folded,
    'ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶヽヾゕゖゐゑ'
      || U&'\2010\2011\2012\2013\2014\2015\2043\2212\2500\2501\30FC\301C\223C\223E'
      || U&'\2018\2019\201B\02B9\02BB\02BC\2032\201C\201D\201E\201F\00B7\2022\2027\22C5',
    'ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろゎわいえをんゔかけゝゞかけいえ'
      || '-----------~~~''''''''''''''""""・・・・');
  -- Iteration marks become what they repeat: いすゞ, みすゝ, 佐々木.
  IF folded ~ '[ゝゞ]' THEN
    folded := normalize(folded, NFD);
    folded := regexp_replace(folded, '([ぁ-ん])([\u3099\u309A]?)ゝ', '\1\2\1', 'g');
    folded := normalize(regexp_replace(folded, '([ぁ-ん])([\u3099\u309A]?)ゝ', '\1\2\1', 'g'), NFC);
  END IF;
  IF folded ~ '[々〻]' THEN
    folded := regexp_replace(folded, '([\u3400-\u9FFF\U00020000-\U0003FFFF])[々〻]', '\1\1', 'g');
    folded := regexp_replace(folded, '([\u3400-\u9FFF\U00020000-\U0003FFFF])[々〻]', '\1\1', 'g');
  END IF;
  -- Old and variant forms of characters, as names have them, become the common form. 297 are the old forms that the list
  -- of Chinese characters for general use prints in brackets (常用漢字表, cabinet notice no. 2 of 2010; those that NFKC
  -- does not change already), 157 further ones stand in the family registers (戸籍統一文字) as variants of a character of
  -- that list or of the list for names (人名用漢字, 戸籍法施行規則別表第二).
  IF folded ~ '[㐂㟢乕乘亂亙亞佛來侭俞俠俱倂假傳僞價儉兒內兩册冨冲凉凛凞剝剩劍劑劒劔勛勞勳勵勸區卆卋卷卽參吳吿喆單喻噓嚴囑囘囬圀圈國圍圓圖團埜堯塡增墮壓壘壞壤壯壷壹壽夀夘奧奬姬娛孃學宻寢實寫寬寳寶將專對尙屆屛屬峯峽嵜嶋嶌嶐嶽巖巗巢帶幷庻廢廣廳彈彌彥徑從徵德恆悅惠惡惪惱愼慘應懷戀戰戲戶戾拂拔拜挾插揭搖搜撿擇擊擔據擧擴攝收效敍敎敕數斷旣昻晄晉晚晝曆曉曻曾會杦枀枩柗栁栢桒桺條棧楳榮槇槗槪樂樓樞樣橫檜檢櫻權欝歐歡步歷歸殘殼毆每毗氣泪涉淚淨淸淺渊渕渴溪溫滯滿潛澁澤濕濟濤濱濵瀧瀨灣煕熈燈燒營爐爭爲犧狀狹獨獵獸獻瑤甁產畄畊畧畫當疊瘦癡發皋盃盜盡眞硏碎礒祕祿禪禮禰秌稅稱稻穐穗穩穰竊竒竝簑籠粹絲經綠緖緜緣縣縱總繩繪繼續纖缺罐羣聰聲聽肅腦膽臟臯臺與舊舖舘舩艷莊莖菴萊萠萬葊蔣薗薰藏藝藥藪蘆蘓處虛號蝿螢蟲蠟蠶蠻衞裝襃覺覽觀觸諫謠證譯譽讀變讓讚豐豫貳賣賴贊踐躰軀輕轉辭逹遙遞遲邉邊邨郞鄉鄕鄰醉醫醬釀釋釼鉃銕錄錢鍊鎭鐡鐵鑄鑛閒閱關陷隝隨險隱雙雜霸靈靑靜靭頰頴顏顯飜飮餘駈騷驅驒驗驛髓體髙髮鬭鯵鳫鴈鶯鷄鷗鸖鹽麥麴麵黃黑默點黨齊齋齒齡龍龜龝﨑𠮷𣘺]' THEN
    folded := translate(folded,
      '㐂㟢乕乘亂亙亞佛來侭俞俠俱倂假傳僞價儉兒內兩册冨冲凉凛凞剝剩劍劑劒劔勛勞勳勵勸區卆卋卷卽參吳吿喆單喻噓嚴囑囘囬圀圈國圍圓圖團埜堯塡增墮壓壘壞壤壯壷壹壽夀夘奧奬姬娛孃學宻寢實寫寬寳寶將專對尙屆屛屬峯峽嵜嶋嶌嶐嶽巖巗巢帶幷庻廢廣廳彈彌彥徑從徵德恆悅惠惡惪惱愼慘應懷戀戰戲戶戾拂拔拜挾插揭搖搜撿擇擊擔據擧擴攝收效敍敎敕數斷旣昻晄晉晚晝曆曉曻曾會杦枀枩柗栁栢桒桺條棧楳榮槇槗槪樂樓樞樣橫檜檢櫻權欝歐歡步歷歸殘殼毆每毗氣泪涉淚淨淸淺渊渕渴溪溫滯滿潛澁澤濕濟濤濱濵瀧瀨灣煕熈燈燒營爐爭爲犧狀狹獨獵獸獻瑤甁產畄畊畧畫當疊瘦癡發皋盃盜盡眞硏碎礒祕祿禪禮禰秌稅稱稻穐穗穩穰竊竒竝簑籠粹絲經綠緖緜緣縣縱總繩繪繼續纖缺罐羣聰聲聽肅腦膽臟臯臺與舊舖舘舩艷莊莖菴萊萠萬葊蔣薗薰藏藝藥藪蘆蘓處虛號蝿螢蟲蠟蠶蠻衞裝襃覺覽觀觸諫謠證譯譽讀變讓讚豐豫貳賣賴贊踐躰軀輕轉辭逹遙遞遲邉邊邨郞鄉鄕鄰醉醫醬釀釋釼鉃銕錄錢鍊鎭鐡鐵鑄鑛閒閱關陷隝隨險隱雙雜霸靈靑靜靭頰頴顏顯飜飮餘駈騷驅驒驗驛髓體髙髮鬭鯵鳫鴈鶯鷄鷗鸖鹽麥麴麵黃黑默點黨齊齋齒齡龍龜龝﨑𠮷𣘺',
      '喜崎虎乗乱亘亜仏来儘兪侠倶併仮伝偽価倹児内両冊富沖涼凜熙剥剰剣剤剣剣勲労勲励勧区卒世巻即参呉告哲単喩嘘厳嘱回回国圏国囲円図団野尭填増堕圧塁壊壌壮壺壱寿寿卯奥奨姫娯嬢学密寝実写寛宝宝将専対尚届屏属峰峡崎島島隆岳巌巌巣帯并庶廃広庁弾弥彦径従徴徳恒悦恵悪徳悩慎惨応懐恋戦戯戸戻払抜拝挟挿掲揺捜検択撃担拠挙拡摂収効叙教勅数断既昂晃晋晩昼暦暁昇曽会杉松松松柳柏桑柳条桟梅栄槙橋概楽楼枢様横桧検桜権鬱欧歓歩歴帰残殻殴毎毘気涙渉涙浄清浅淵淵渇渓温滞満潜渋沢湿済涛浜浜滝瀬湾熙熙灯焼営炉争為犠状狭独猟獣献瑶瓶産留耕略画当畳痩痴発皐杯盗尽真研砕磯秘禄禅礼祢秋税称稲秋穂穏穣窃奇並蓑篭粋糸経緑緒綿縁県縦総縄絵継続繊欠缶群聡声聴粛脳胆臓皐台与旧舗館船艶荘茎庵莱萌万庵蒋園薫蔵芸薬薮芦蘇処虚号蠅蛍虫蝋蚕蛮衛装褒覚覧観触諌謡証訳誉読変譲讃豊予弐売頼賛践体躯軽転辞達遥逓遅辺辺村郎郷郷隣酔医醤醸釈剣鉄鉄録銭錬鎮鉄鉄鋳鉱間閲関陥島随険隠双雑覇霊青静靱頬穎顔顕翻飲余駆騒駆騨験駅髄体高髪闘鰺雁雁鴬鶏鴎鶴塩麦麹麺黄黒黙点党斉斎歯齢竜亀秋崎吉橋');
  END IF;
  RETURN folded;
END
$fold$;
