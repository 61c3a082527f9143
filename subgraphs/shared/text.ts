// Line breaks and tabs are text; all other control characters, and halves of surrogate pairs, are damage.
/** Found in what is no text. */
export const NOT_TEXT = /(?![\n\t])\p{Cc}|\p{Cs}/u;

/** Found in what is no text of one line. */
export const NOT_ONE_LINE = /\p{Cc}|\p{Cs}/u;
