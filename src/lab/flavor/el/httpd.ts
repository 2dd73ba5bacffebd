import { program } from '../../tree.js'
import type { Tree } from '../../tree.js'

/** Debian's Apache under EL's names: /etc/httpd, httpd, httpd.service, user apache. */
export function httpd(): Tree {
  return {
    'etc/httpd/conf/httpd.conf': CONFIG,
    'etc/httpd/conf/magic': '',
    'etc/httpd/conf.modules.d/00-base.conf': MODULES,
    'etc/httpd/conf.d/welcome.conf': WELCOME,
    'etc/httpd/logs': { link: '../../var/log/httpd' },
    'etc/httpd/modules': { link: '../../usr/lib/apache2/modules' },
    'etc/httpd/run': { link: '/run/httpd' },
    'etc/sysconfig/httpd': '# OPTIONS: further arguments of httpd.\nOPTIONS=\n',
    'usr/lib/systemd/system/httpd.service': SERVICE,
    'usr/sbin/httpd': program(
      '#!/bin/sh\nexec /usr/sbin/apache2 -d /etc/httpd -f conf/httpd.conf "$@"\n',
    ),
    'usr/sbin/apachectl': program(APACHECTL),
    'usr/share/httpd/noindex/index.html': '<h1>Testing 123..</h1>\n',
    'var/log/httpd': { dir: 0o700 },
    'var/www/html': { dir: 0o755 },
    'var/www/cgi-bin': { dir: 0o755 },
  }
}

const CONFIG = `ServerRoot "/etc/httpd"
PidFile run/httpd.pid
Listen 80
Include conf.modules.d/*.conf
User apache
Group apache
ServerAdmin root@localhost
<Directory />
    AllowOverride none
    Require all denied
</Directory>
DocumentRoot "/var/www/html"
<Directory "/var/www">
    AllowOverride None
    Require all granted
</Directory>
<Directory "/var/www/html">
    Options Indexes FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>
<IfModule dir_module>
    DirectoryIndex index.html
</IfModule>
<Files ".ht*">
    Require all denied
</Files>
ErrorLog "logs/error_log"
LogLevel warn
LogFormat "%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\"" combined
CustomLog "logs/access_log" combined
TypesConfig /etc/mime.types
AddDefaultCharset UTF-8
IncludeOptional conf.d/*.conf
`

const MODULES = [
  ...['mpm_prefork', 'authn_core', 'authz_core', 'authz_host', 'alias', 'autoindex', 'dir', 'env'],
  ...['headers', 'mime', 'negotiation', 'rewrite', 'setenvif', 'status'],
]
  .map((name) => `LoadModule ${name}_module modules/mod_${name}.so\n`)
  .join('')

const WELCOME = `# What is served while there is no index.html.
<LocationMatch "^/+$">
    Options -Indexes
    ErrorDocument 403 /.noindex.html
</LocationMatch>
<Directory /usr/share/httpd/noindex>
    AllowOverride None
    Require all granted
</Directory>
Alias /.noindex.html /usr/share/httpd/noindex/index.html
`

const SERVICE = `[Unit]
Description=The Apache HTTP Server
After=network.target remote-fs.target nss-lookup.target

[Service]
Type=forking
RuntimeDirectory=httpd
PIDFile=/run/httpd/httpd.pid
EnvironmentFile=-/etc/sysconfig/httpd
ExecStart=/usr/sbin/httpd $OPTIONS -k start
ExecReload=/usr/sbin/httpd $OPTIONS -k graceful
ExecStop=/usr/sbin/httpd $OPTIONS -k stop
KillMode=mixed
PrivateTmp=true

[Install]
WantedBy=multi-user.target
`

const APACHECTL = `#!/bin/sh
case $1 in
  start | stop | restart | status) exec systemctl "$1" httpd ;;
  graceful) exec systemctl reload httpd ;;
  configtest) exec /usr/sbin/httpd -t ;;
  *) exec /usr/sbin/httpd "$@" ;;
esac
`
