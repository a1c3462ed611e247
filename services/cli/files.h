// Files that people keep: written whole or not at all.  File I/O; no thread rule.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "common/core/error.h"

namespace shopwire::cli {

Result<std::string> text_of_file(const std::filesystem::path& file);

// A file that was not there: never over an old one, never through a link.  On disk when this returns; after a failure
// there is none.
Status write_new(const std::filesystem::path& file, std::string_view text, mode_t mode);

// Another text in a file that is there, or in the one that a link leads to: with the owner and the mode that it has.
// Readers see the old text or the new one.  After a failure the old one stands, and nothing is left beside it.
Status replace_text(const std::filesystem::path& file, std::string_view text);

}  // namespace shopwire::cli
