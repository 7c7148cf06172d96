-- Which names a reader cannot tell apart, so that an account has only one of them. Width, case and how characters are
-- composed make no difference, invisible characters (app/core/characters.py) none either, and letters, dashes and
-- quotation marks that look alike are one; they follow the confusables of Unicode Technical Standard 39, as far as
-- whole words of Japanese and English can be mistaken. Digits and letters stay apart, or "A1" and "AI" were the same.

CREATE FUNCTION same_look(input text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(
  lower(translate(
    normalize(
      regexp_replace(
        regexp_replace(
          input,
          '[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0100-\U000e01ef]',
          '', 'g'
        ),
        '\s+', ' ', 'g'
      ),
      NFKC
    ),
    'ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ',
    'ABEZHIKMNOPTYX'
  )),
  'авеѕіјкмнорстухԁһԛԝёїονιρκυχτ‐‒–—―−⁃ー一─━〜∼∿‘’‚‛′´ʼˈ`“”„‟″•‧∙⋅·⁄∕│∣へべぺり力夕卜二八口囗工才千厶',
  'abesijkmhopctyxdhqwëïovipkuxt-----------~~~''''''''''''''''''"""""・・・・・//||ヘベペリカタトニハロロエオチム'
);
