// Hides secrets in a text that somebody else wrote.
#pragma once

#include <string>

#include "common/core/secret.h"

namespace shopwire {

// Where `text` quotes the secret, it has *** instead.  One of less than six characters is left: it may stand there by
// chance.
void mask(std::string& text, const Secret& secret);

}  // namespace shopwire
