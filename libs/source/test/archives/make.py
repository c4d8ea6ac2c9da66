# Makes the archives of zip.test.ts. Run it again after a change: python3 make.py
import os, struct, zipfile
folder = os.path.dirname(os.path.abspath(__file__))
text = b''.join(b'%d,row\n' % i for i in range(12000))
def make(name, members, method=zipfile.ZIP_DEFLATED, **more):
    with zipfile.ZipFile(f'{folder}/{name}', 'w', method, **more) as archive:
        for member, content in members:
            archive.writestr(member, content)
make('one.zip', [('in/one.csv', text)])
make('stored.zip', [('one.csv', text)], zipfile.ZIP_STORED)
make('empty-file.zip', [('one.csv', b'')])
with zipfile.ZipFile(f'{folder}/streamed.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
    with archive.open('one.csv', 'w', force_zip64=True) as member:
        member.write(text)
with zipfile.ZipFile(f'{folder}/commented.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
    archive.writestr('one.csv', text)
    archive.comment = b'x' * 60000
small = text[:3000]
make('small.zip', [('in/one.csv', small)])
with open(f'{folder}/small.zip', 'rb') as file: whole = file.read()
open(f'{folder}/prefix.zip', 'wb').write(b'#!/bin/sh\n' + whole)
make('none.zip', [])
make('two.zip', [('a.csv', b'1\n'), ('b.csv', b'2\n')])
make('mac.zip', [('a.csv', b'1\n'), ('__MACOSX/._a.csv', b'2\n')])
make('folder.zip', [('a/', b'')])
make('absolute.zip', [('/etc/passwd', b'1\n')])
make('out.zip', [('../a.csv', b'1\n')])
make('bzip2.zip', [('a.csv', small)], zipfile.ZIP_BZIP2)
make('bomb.zip', [('a.csv', b'0' * 2_000_000)])
at = whole.rindex(b'PK\x01\x02')
def changed(name, place, form, value, base=whole):
    data = bytearray(base)
    struct.pack_into(form, data, place, value)
    open(f'{folder}/{name}', 'wb').write(data)
changed('encrypted.zip', at + 8, '<H', 1)
changed('crc.zip', at + 16, '<I', 1)
changed('long.zip', at + 24, '<I', len(small) - 7)
changed('short.zip', at + 24, '<I', len(small) + 7)
changed('beyond.zip', at + 20, '<I', 1 << 30)
changed('damaged.zip', 200, '<I', 0xffffffff)
bomb = open(f'{folder}/bomb.zip', 'rb').read()
changed('lying-bomb.zip', bomb.rindex(b'PK\x01\x02') + 24, '<I', 10, bomb)
two = open(f'{folder}/two.zip', 'rb').read()
end = two.rindex(b'PK\x05\x06')
changed('hidden.zip', end + 10, '<H', 1, two)
open(f'{folder}/cut.zip', 'wb').write(whole[:-30])
open(f'{folder}/text.zip', 'wb').write(small)
open(f'{folder}/nothing.zip', 'wb').write(b'')
