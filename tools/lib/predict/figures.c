// SPDX-License-Identifier: GPL-2.0-only
#include "predict/predict.h"

const struct predict_figure_row predict_figures[PREDICT_FIGURE_COUNT] = {
#define PREDICT_FIGURE_ROW(id, name, heading, share) [PREDICT_##id] = { name, heading, share },
	PREDICT_FIGURES(PREDICT_FIGURE_ROW)
#undef PREDICT_FIGURE_ROW
};
