#include "common/core/memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace shopwire {
namespace {

// Relocations in code would be lost with its pages.
bool has_text_relocations(const dl_phdr_info& object, std::span<const ElfW(Phdr)> headers) {
    const auto dynamic = std::ranges::find(headers, ElfW(Word){PT_DYNAMIC}, &ElfW(Phdr)::p_type);
    if (dynamic == headers.end()) return false;
    const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + dynamic->p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
        if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0))
            return true;
    }
    return false;
}

// Segments that were never writable hold nothing but what the file holds.
int give_back_segments(dl_phdr_info* object, std::size_t, void*) {
    const std::span headers(object->dlpi_phdr, object->dlpi_phnum);
    if (has_text_relocations(*object, headers)) return 0;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (const ElfW(Phdr) & header : headers) {
        if (header.p_type != PT_LOAD || (header.p_flags & PF_W) != 0) continue;
        // Whole pages inside the segment: the ones at its ends may be shared with a writable neighbour.
        const std::uintptr_t begin = (object->dlpi_addr + header.p_vaddr + page - 1) / page * page;
        const std::uintptr_t end = (object->dlpi_addr + header.p_vaddr + header.p_filesz) / page * page;
        if (begin >= end) continue;
        static_cast<void>(::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED));
    }
    return 0;
}

}  // namespace

void give_back_start_memory() {
    ::malloc_trim(0);
    ::dl_iterate_phdr(give_back_segments, nullptr);
}

}  // namespace shopwire
