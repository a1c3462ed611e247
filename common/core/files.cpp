#include "common/core/files.h"

#include <unistd.h>

#include <cerrno>

namespace shopwire {

bool write_all(int handle, std::string_view text) {
    while (!text.empty()) {
        const ::ssize_t done = ::write(handle, text.data(), text.size());
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
}

}  // namespace shopwire
